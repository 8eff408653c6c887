// The conformance suite on the embedded API server.

import { connectEmbedded } from './embedded.ts';
import { defineConformance } from './suite.ts';

defineConformance(() => connectEmbedded());
