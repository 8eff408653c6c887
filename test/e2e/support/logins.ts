// The door through which end-to-end suites reach an OpenBao that also knows the logins by aws and ldap, which are plugins of it.
//
//   describeOnOpenBaoWithLogins('by aws', (bao) => {
//     beforeAll(() => bao().enablePlugin('aws'));
//     …
//   });
import { it } from 'vitest';
import { MissingPart, part } from '../tools/build.mjs';
import { freePorts } from './free-ports.mjs';
import { describeOnOpenBao, type OpenBao } from './openbao.ts';
import { createSupervisor } from './supervise.mjs';

// Asked for before the tests are collected, where time is not limited: it has to be built once.
const program = await part('logins').catch((error: unknown) => {
  if (!(error instanceof MissingPart) || process.env.SEALWRIGHT_E2E === 'required') throw error;
  return error;
});

/** A suite with an OpenBao of its own. Where this machine cannot have the plugins, it is one skipped test that says why. */
export function describeOnOpenBaoWithLogins(name: string, suite: (bao: () => OpenBao) => void): void {
  if (typeof program === 'string') describeOnOpenBao(name, suite, { plugins: program });
  else it.skip(`${name} (skipped: ${program.message})`, () => {});
}

/** An LDAP server that knows `cn=app,ou=people,dc=example,dc=org` with the password `directory-word`. */
export async function startDirectory(): Promise<{ url: string; stop(): Promise<void> }> {
  if (typeof program !== 'string') throw program;
  const supervisor = createSupervisor();
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  await supervisor.start(program, ['directory', address], { name: 'directory' });
  return { url: `ldap://${address}`, stop: () => supervisor.stop() };
}
