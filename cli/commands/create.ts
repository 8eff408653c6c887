// `seal create NAME`: a sealed manifest without a plain one ever being a file.

import { join } from 'node:path';
import { base64Encode } from '../../src/encoding/base64.ts';
import { FormatError, SealError, UsageError } from '../../src/errors.ts';
import { parseManifest } from '../../src/manifest/documents.ts';
import { printManifest } from '../../src/manifest/print.ts';
import type { Certificate } from '../../src/seal/certificate.ts';
import { scopes } from '../../src/seal/scope.ts';
import { shellPath } from '../../src/shell-words.ts';
import { type Call, command } from '../command.ts';
import { defaultNamespace } from '../default-namespace.ts';
import { checkName, checkNamespace } from '../names.ts';
import { choice, flag, list, text } from '../options.ts';
import type { RuledFile } from '../repository.ts';
import { keyTold, Ruling } from '../ruling.ts';
import { sealManifest } from '../sealing.ts';
import { clustersOption, sealingOptions } from '../shared-options.ts';
import { type Target, targetsOf } from '../targets.ts';
import { note, warn } from '../ui.ts';
import { namedSources, readValues, valueOptions } from '../values.ts';

const options = {
  prompt: list('--prompt <key>', 'item to be asked for, or read from standard input; repeatable'),
  ...valueOptions,
  fromLiteral: list(
    '--from-literal <key=value>',
    "item from the command line, which the shell's history keeps; repeatable",
  ),
  type: text('--type <type>', 'type of the Secret; default: Opaque, or what the options below make'),
  dockerServer: text('--docker-server <url>', 'registry of a pull secret; default: https://index.docker.io/v1/'),
  dockerUsername: text('--docker-username <name>', 'user of a pull secret'),
  dockerEmail: text('--docker-email <address>', 'address of a pull secret'),
  dockerPasswordStdin: flag('--docker-password-stdin', 'password of a pull secret, from standard input or asked for'),
  tlsCert: text('--tls-cert <file>', 'certificate of a TLS Secret, PEM'),
  tlsKey: text('--tls-key <file>', 'private key of a TLS Secret, PEM'),
  namespace: text('-n, --namespace <name>', "namespace; default: the rule's, else kubectl's"),
  scope: choice('--scope <scope>', scopes, "where the values may be opened; default: the rule's, else strict"),
  label: list('--label <key=value>', 'label of the Secret; repeatable'),
  annotation: list('--annotation <key=value>', 'annotation of the Secret; repeatable'),
  write: list(
    '-w, --write <file>',
    'write it to this file, which must not be there; repeatable, and {cluster} in it makes one for each cluster',
  ),
  force: flag('--force', 'with -w: replace the file if it is there'),
  output: choice('-o, --output <format>', ['yaml', 'json'], 'format; default: yaml'),
  ...sealingOptions,
  cluster: clustersOption,
} as const;

type CreateCall = Call<typeof options>;

/** Prints a SealedSecret, or writes it to a new file. */
export const create = command({
  name: 'create',
  summary: 'make a sealed manifest without a plain one',
  description: `Makes a SealedSecret from values that are asked for, piped in or read from files; no plain manifest is ever written.
Rules of .sealwright.yaml are those for the file of -w, else for the working folder.`,
  arguments: { name: '<name>', help: 'name of the Secret' },
  options,
  excess: 'an item is --prompt KEY, --from-file KEY=PATH or --from-literal KEY=VALUE',
  examples: [
    { does: 'be asked for two values', run: 'seal create db -n shop --prompt username --prompt password -w db.yaml' },
    {
      does: 'be asked once, and seal for several clusters',
      run: "seal create db -n shop --prompt password -w 'environments/{cluster}/db.yaml' --cluster production,staging",
    },
    {
      does: 'a pull secret',
      run: 'seal create pull -n shop --docker-username bot --docker-password-stdin < token > pull.yaml',
    },
    {
      does: 'a TLS Secret',
      run: 'seal create web -n shop --tls-cert web.crt --tls-key web.key --cert sealing.pem > web.yaml',
    },
  ],
  async run(call) {
    const { options: given, context } = call;
    const name = check(call);
    const ruling = new Ruling(given, context);
    const targets = await targetsOf(given.write, ruling, context.files);
    for (const { path } of targets) await checkPlace(path, call);
    const places: Place[] = [];
    for (const target of targets.length > 0 ? targets : [undefined]) {
      const ruled = await ruling.about(target?.path);
      places.push({ target, ruled, certificate: await ruling.certificate(ruled, target?.cluster) });
    }
    // Nobody is asked before all else is known to be well.
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadataOf(name, given),
      ...(await contentOf(call, targets)),
    };
    const sealed: string[] = [];
    for (const place of places) sealed.push(await sealFor(place, secret, call));
    if (targets.length === 0) return context.streams.out.write(sealed[0] ?? '');
    await context.files.write(...targets.map(({ path }, index) => ({ path, content: sealed[index] ?? '' })));
    for (const { target, ruled, certificate } of places) {
      const cluster = ruling.cluster(ruled, target?.cluster);
      note(context, `${target?.path}: sealed ${name} under ${keyTold(certificate, cluster)}`);
    }
  },
});

/** Where a manifest goes. */
interface Place {
  /** None: standard output. */
  target: Target | undefined;
  ruled: RuledFile | undefined;
  certificate: Certificate;
}

async function sealFor(
  { ruled, certificate }: Place,
  secret: object & { metadata: { name: string } },
  call: CreateCall,
) {
  const { options: given, context } = call;
  const file = `Secret ${secret.metadata.name}`;
  const manifest = parseManifest(printManifest(secret, given.output ?? 'yaml'), { file });
  const input = { name: file, relative: '', found: false, isStdin: false, read: async () => new Uint8Array() };
  const { namespace, scope, record } = given;
  const { text: sealed, warnings } = await sealManifest({
    ...{ manifest, input },
    sealing: {
      ...{ certificate, ruled, namespace, now: context.clock.now(), scope, record },
      defaultNamespace: () => defaultNamespace(context, given),
      allowEmptyData: false,
      templateData: {},
    },
  });
  for (const warning of warnings) warn(context, warning.replace(`${file}:1: `, ''));
  return sealed;
}

async function checkPlace(path: string, { options: { force }, args: [name], context: { files } }: CreateCall) {
  if ((await files.kind(path)) === 'folder')
    throw new UsageError(`${path} is a folder`, { hint: `name the file in it: -w ${join(path, `${name}.yaml`)}` });
  if (force || !files.isThere(path)) return;
  throw new SealError('FILE_EXISTS', `${path} is there already`, {
    hint: [`to set items of it: seal set ${shellPath(path)} KEY`, 'to replace it as a whole: --force'],
  });
}

/** Throws `UsageError` for what does not go together. */
function check({ options: given, args: [name] }: CreateCall): string {
  if (name === undefined) throw new UsageError('no name is given', { hint: 'seal create NAME --prompt KEY' });
  checkName(name);
  if (given.namespace !== undefined) checkNamespace(given.namespace);
  if ((given.tlsCert === undefined) !== (given.tlsKey === undefined))
    throw new UsageError('a TLS Secret needs --tls-cert and --tls-key', { hint: '--tls-cert FILE --tls-key FILE' });
  const docker = [given.dockerServer, given.dockerUsername, given.dockerEmail].some((option) => option !== undefined);
  if ((docker || given.dockerPasswordStdin) && !(given.dockerUsername && given.dockerPasswordStdin))
    throw new UsageError('a pull secret needs --docker-username and --docker-password-stdin', {
      hint: '--docker-username NAME --docker-password-stdin, and the password on standard input',
    });
  if (given.tlsCert !== undefined && docker)
    throw new UsageError('a Secret is for TLS or for a registry, not both', {
      hint: 'seal two Secrets, each with a name of its own',
    });
  const items = [given.prompt, given.fromLiteral, ...Object.values(namedSources(given))];
  if (items.every(({ length }) => length === 0) && !given.dockerPasswordStdin && !given.tlsCert) throw noValue();
  return name;
}

function noValue(): UsageError {
  return new UsageError('no value is given', { hint: '--prompt KEY, --from-file PATH, or others; see --help' });
}

function noItem(): UsageError {
  return new UsageError('no item is named for what the store has', {
    hint: 'KEY=PATH#FIELD in place of PATH, or --prompt KEY beside it for a field of that name',
  });
}

function metadataOf(name: string, given: CreateCall['options']) {
  const labels = pairs('--label', given.label);
  const annotations = pairs('--annotation', given.annotation);
  return {
    name,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

function pairs(option: string, given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((entry) => {
      const at = entry.indexOf('=');
      if (at < 1) throw new UsageError(`${option} is KEY=VALUE`, { hint: `such as ${option} team=shop` });
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

async function contentOf({ options: given, context }: CreateCall, targets: readonly Target[]) {
  const { fromLiteral: literals, prompt } = given;
  const passwordItem = '.dockerconfigjson';
  const asked = given.dockerPasswordStdin ? [...prompt, passwordItem] : prompt;
  const sources = namedSources(given);
  const values = await readValues({ literals, ...sources, asked, into: targets.map(({ path }) => path) }, context);
  const password = values.get(passwordItem);
  if (given.dockerPasswordStdin && password) values.set(passwordItem, dockerConfig(password, given));
  if (given.tlsCert && given.tlsKey) {
    values.set('tls.crt', await context.files.read(given.tlsCert));
    values.set('tls.key', await context.files.read(given.tlsKey));
  }
  // A file of the environment may hold none.
  if (values.size === 0) throw sources.stores.length > 0 ? noItem() : noValue();
  const type = given.type ?? (given.tlsCert ? 'kubernetes.io/tls' : password && 'kubernetes.io/dockerconfigjson');
  const data = Object.fromEntries([...values].map(([item, value]) => [item, base64Encode(value)]));
  return { ...(type && { type }), data };
}

/** As `kubectl create secret docker-registry` writes it. */
function dockerConfig(password: Uint8Array, given: CreateCall['options']): Uint8Array {
  const { dockerServer = 'https://index.docker.io/v1/', dockerUsername: username = '', dockerEmail: email } = given;
  const text = textOf(password);
  const auth = base64Encode(new TextEncoder().encode(`${username}:${text}`));
  const entry = { username, password: text, ...(email !== undefined && { email }), auth };
  return new TextEncoder().encode(JSON.stringify({ auths: { [dockerServer]: entry } }));
}

// `echo` and files end in a line end that no registry means.
function textOf(password: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(password).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new FormatError('NOT_TEXT', 'the password of a registry is text in UTF-8', {
      hint: 'pipe in the password alone, as the registry gave it',
      cause,
    });
  }
}
