// Makes the one thing that every embedded API server of a test run may share: its certificates, three RSA keys' worth of time.

import type { TestProject } from 'vitest/node';
import { makeCertificates, type ServerCertificates } from '../../src/apiserver/certificates.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    certificates: ServerCertificates;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide('certificates', await makeCertificates('127.0.0.1', new Date()));
}
