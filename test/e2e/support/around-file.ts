// Runs once for each end-to-end file, though modules live on from file to file.

import { afterAll } from 'vitest';
import { stopClusterOfThisFile } from './real.ts';

afterAll(stopClusterOfThisFile);
