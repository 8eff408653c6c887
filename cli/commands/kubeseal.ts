// `seal kubeseal`: the command line of Sealed Secrets 0.36, so that `alias kubeseal='seal kubeseal'` carries scripts.

import { sealingCipher } from '../../keys/sealing-cipher.ts';
import { FormatError, isSealError, SealError, UsageError } from '../../src/errors.ts';
import { scopes } from '../../src/seal/scope.ts';
import { sealRaw } from '../../src/seal/seal.ts';
import { version } from '../../src/version.ts';
import { controllerOptions } from '../cluster.ts';
import { type Call, command } from '../command.ts';
import { defaultNamespace } from '../default-namespace.ts';
import { print, type ReferenceFormat, type ReferenceSealing, sealAsReference } from '../kubeseal-manifests.ts';
import { choice, flag, hidden, list, text } from '../options.ts';
import { replaceFiles } from '../replacing.ts';
import { certificateText, certificateToSealWith } from '../sealing-certificate.ts';
import { hint, warn } from '../ui.ts';

const clientGo = {
  kubeconfig: text('--kubeconfig <file>', 'kubeconfig to use'),
  context: text('--context <name>', 'context of the kubeconfig'),
  cluster: text('--cluster <name>', 'cluster of the kubeconfig'),
  user: text('--user <name>', 'user of the kubeconfig'),
  namespace: text('-n, --namespace <name>', 'namespace of the Secret'),
  server: text('-s, --server <url>', 'address of the API server'),
  token: text('--token <token>', 'bearer token for the API server'),
  username: text('--username <name>', 'user name for the API server'),
  password: text('--password <password>', 'password for the API server'),
  clientCertificate: text('--client-certificate <file>', 'client certificate for TLS'),
  clientKey: text('--client-key <file>', 'client key for TLS'),
  certificateAuthority: text('--certificate-authority <file>', 'authority of the API server'),
  insecureSkipTlsVerify: flag('--insecure-skip-tls-verify', 'do not check the certificate of the API server'),
  tlsServerName: text('--tls-server-name <name>', "name in the API server's certificate"),
  proxyUrl: text('--proxy-url <url>', 'proxy in front of the API server'),
  as: text('--as <user>', 'user to impersonate'),
  asGroup: list('--as-group <group>', 'group to impersonate; repeatable'),
  asUid: text('--as-uid <uid>', 'UID to impersonate'),
  requestTimeout: text(
    '--request-timeout <duration>',
    'longest wait for one answer of the cluster, such as 5s; 0 is for ever',
  ),
  disableCompression: hidden(flag('--disable-compression', 'accepted; nothing is compressed')),
} as const;

// klog's flags, which scripts pass on: accepted, without effect.
const klog = {
  verbosity: hidden(text('-v, --v <level>', 'log level')),
  vmodule: hidden(text('--vmodule <pattern>', 'log levels by file')),
  logtostderr: hidden(flag('--logtostderr', 'log to stderr')),
  alsologtostderr: hidden(flag('--alsologtostderr', 'log to stderr too')),
  stderrthreshold: hidden(text('--stderrthreshold <severity>', 'what goes to stderr')),
  logDir: hidden(text('--log_dir <folder>', 'folder of log files')),
  logFile: hidden(text('--log_file <file>', 'log file')),
  logFileMaxSize: hidden(text('--log_file_max_size <megabytes>', 'largest log file')),
  logBacktraceAt: hidden(text('--log_backtrace_at <file:line>', 'where a stack trace is logged')),
  alsologtostderrthreshold: hidden(text('--alsologtostderrthreshold <severity>', 'what goes to stderr too')),
  legacyThreshold: hidden(flag('--legacy_stderr_threshold_behavior', 'what stderrthreshold means')),
  addDirHeader: hidden(flag('--add_dir_header', 'folders in log lines')),
  oneOutput: hidden(flag('--one_output', 'each line at its own severity alone')),
  skipHeaders: hidden(flag('--skip_headers', 'no headers in log lines')),
  skipLogHeaders: hidden(flag('--skip_log_headers', 'no headers in log files')),
} as const;

const options = {
  cert: text('--cert <file|url>', 'certificate to seal with'),
  ...controllerOptions,
  fetchCert: flag('--fetch-cert', 'write the certificate to standard output'),
  format: text('-o, --format <format>', 'json (the default) or yaml'),
  secretFile: text('-f, --secret-file <file>', 'Secret to seal, or SealedSecret to open; default: standard input'),
  sealedSecretFile: text('-w, --sealed-secret-file <file>', 'where the result goes; .yaml and .yml make it YAML'),
  scope: choice('--scope <scope>', [...scopes, ''], 'where the values may be opened'),
  name: text('--name <name>', 'name to seal for'),
  allowEmptyData: flag('--allow-empty-data', 'seal Secrets without data'),
  raw: flag('--raw', 'seal one value, print it as base64 without a line end'),
  fromFile: list('--from-file <path>', 'with --raw: the file that holds the value'),
  recoveryUnseal: flag('--recovery-unseal', 'open a SealedSecret with private keys'),
  recoveryPrivateKey: list('--recovery-private-key <file>', 'key to open with; repeatable, or separated by commas'),
  mergeInto: text(
    '--merge-into <file>',
    'SealedSecret that takes the items in, in place; its scope, name and format stay',
  ),
  validate: flag('--validate', 'ask the controller whether SealedSecrets open; says nothing where they do'),
  reEncrypt: flag(
    '--re-encrypt',
    'have the controller seal values again for its newest key; without -w into the file of -f',
  ),
  rotate: hidden(flag('--rotate', 'the old name of --re-encrypt')),
  version: flag('--version', 'print the version'),
  ...clientGo,
  ...klog,
} as const;

type KubesealCall = Call<typeof options>;

/** The Sealed Secrets release whose behaviour decides. */
const referenceVersion = '0.36.6';

/** Each mode as the reference CLI has it; no seal record. */
export const kubeseal = command({
  name: 'kubeseal',
  summary: 'the reference command line, for existing scripts',
  description: `Takes the flags, environment variables (SEALED_SECRETS_*) and defaults of kubeseal ${referenceVersion}, and ends with its
exit codes: 0, 1 for any failure, 2 for flags that cannot be parsed. It writes no seal record.`,
  arguments: { name: '[ignored...]', help: 'ignored, as by kubeseal' },
  options,
  environment: { prefixes: ['SEALED_SECRETS_', 'SEALWRIGHT_'], asReference: true, own: ['cluster', 'format'] },
  examples: [
    {
      does: 'seal what kubectl makes',
      run: 'kubectl create secret generic db --from-literal=password=s3cret -n shop --dry-run=client -o yaml \\\n  | seal kubeseal --cert sealing.pem -o yaml > db.yaml',
    },
    { does: 'carry existing scripts', run: "alias kubeseal='seal kubeseal'" },
  ],
  async run(call) {
    const { options: given, args, context } = call;
    checkKlog(given);
    if (given.version)
      return context.streams.out.write(`kubeseal version: ${referenceVersion}+sealwright.${version}\n`);
    if (args.length > 0)
      hint(context, `arguments are ignored, as by kubeseal; the input is standard input or -f ${args[0]}`);
    if (given.fromFile.length > 0 && !given.raw) throw new SealError('FLAGS', '--from-file requires --raw');
    // The reference opens it in every mode.
    if (given.secretFile && !context.files.isThere(given.secretFile)) await context.files.read(given.secretFile);
    if (given.recoveryUnseal) return recover(call, formatOf(call));
    if (given.recoveryPrivateKey.length > 0 && context.streams.err.isTTY)
      warn(context, '--recovery-private-key does nothing without --recovery-unseal');
    if (given.validate) return validate(call);
    if (given.reEncrypt || given.rotate) return reEncrypt(call, formatOf(call));
    if (given.fetchCert) return write((await certificateText(given, context)).pem, call);
    if (given.mergeInto) return merge(call, given.mergeInto);
    if (given.raw) return raw(call);
    await write(print(await sealAsReference(...(await sealing(call))), formatOf(call)), call);
  },
});

// What klog itself could not parse, although nothing comes of it here.
function checkKlog({ verbosity = '0', vmodule = '' }: KubesealCall['options']): void {
  if (!/^[-+]?\d+$/.test(verbosity)) throw new UsageError('--v is a number');
  const patterns = vmodule.split(',').filter((pattern) => pattern !== '');
  if (!patterns.every((pattern) => /^[^=]+=\d+$/.test(pattern)))
    throw new UsageError('--vmodule is a list of FILE=NUMBER');
}

function formatOf({ options: given }: KubesealCall): ReferenceFormat {
  if (/\.ya?ml$/.test(given.sealedSecretFile ?? '')) return 'yaml';
  const format = (given.format || 'json').toLowerCase();
  if (format === 'json' || format === 'yaml') return format;
  throw new SealError('FLAGS', `unsupported output format: ${given.format}`, { hint: 'json or yaml' });
}

async function input({ options: given, context }: KubesealCall): Promise<Uint8Array> {
  if (given.secretFile) return context.files.read(given.secretFile);
  if (context.streams.in.isTTY)
    hint(context, 'reading the manifest from this terminal; end it with Ctrl-D, or use -f FILE');
  return context.streams.in.read();
}

/** What is sealed, and how. */
async function sealing(call: KubesealCall): Promise<[bytes: Uint8Array, how: ReferenceSealing]> {
  const { options: given, context } = call;
  const bytes = await input(call);
  const how = {
    file: given.secretFile ?? 'standard input',
    certificate: await certificateOf(call),
    now: context.clock.now(),
    // Here strict means "as annotated": the reference cannot narrow a scope.
    scope: given.scope === 'strict' || given.scope === '' ? undefined : given.scope,
    name: given.name,
    namespace: given.namespace,
    defaultNamespace: await inferredNamespace(call),
    allowEmptyData: given.allowEmptyData,
    record: false,
  };
  return [bytes, how];
}

async function merge(call: KubesealCall, path: string): Promise<void> {
  const { mergeInto } = await import('../kubeseal-merge.ts');
  // It decides nothing here, as the file keeps its own, and still has to be one.
  formatOf(call);
  const [bytes, how] = await sealing(call);
  if (call.options.sealedSecretFile) hint(call.context, '-w is not used: --merge-into writes into its own file');
  await mergeInto(path, { bytes, ...how }, call.context);
}

// Without a context the reference guesses none (0.36, kubeseal.go: Seal).
async function inferredNamespace({ options: given, context }: KubesealCall): Promise<string | undefined> {
  const { namespace, isGuess } = await defaultNamespace(context, given);
  return isGuess ? undefined : namespace;
}

async function raw(call: KubesealCall): Promise<void> {
  const { options: given } = call;
  const { name, fromFile } = given;
  const scope = given.scope || 'strict';
  if (scope === 'strict' && !name)
    throw new SealError('FLAGS', 'must provide the --name flag with --raw and --scope strict');
  if (fromFile.length > 1) throw new SealError('FLAGS', 'must provide exactly one --from-file when --raw is provided');
  const namespace = given.namespace ?? (await inferredNamespace(call)) ?? '';
  if (scope !== 'cluster-wide' && namespace === '')
    throw new SealError('FLAGS', `must provide the --namespace flag with --raw and --scope ${scope}`);
  const certificate = await certificateOf(call);
  const value = await rawValue(call);
  await write(
    await sealRaw(value, { certificate, sealedFor: { scope, namespace, name }, cipher: sealingCipher }),
    call,
  );
}

async function rawValue({ options: { fromFile }, context }: KubesealCall): Promise<Uint8Array> {
  const [given] = fromFile;
  if (!given) return context.streams.in.read();
  // `[key=]path`: the key says nothing here.
  const path = given.replace(/^[^=]*=/, '');
  if (path === '') throw new SealError('FLAGS', '--from-file names no file');
  return context.files.read(path);
}

async function recover(call: KubesealCall, format: ReferenceFormat): Promise<void> {
  const { openOne } = await import('../kubeseal-recovery.ts');
  const keys = call.options.recoveryPrivateKey.flatMap((paths) => paths.split(','));
  // Without a usage error: the reference ends with 1 for all but flags that cannot be parsed.
  if (keys.length === 0)
    throw new SealError('FLAGS', 'no private key is given', { hint: '--recovery-private-key FILE, repeatable' });
  const file = call.options.secretFile ?? 'standard input';
  const secret = await openOne(await input(call), { file, keys, context: call.context });
  await write(print([secret], format), call);
}

async function validate(call: KubesealCall): Promise<void> {
  const { validateAll } = await import('../kubeseal-cluster.ts');
  const { options: given, context } = call;
  await validateAll(await input(call), given.secretFile ?? 'standard input', { options: given, context });
}

async function reEncrypt(call: KubesealCall, format: ReferenceFormat): Promise<void> {
  const { reEncryptAll } = await import('../kubeseal-cluster.ts');
  const { options: given, context } = call;
  const bytes = await input(call);
  const result = await reEncryptAll(bytes, given.secretFile ?? 'standard input', { options: given, context });
  // As there, a file that is named for input alone is written again (Sealed Secrets #405), though not reformatted.
  if (!given.secretFile || given.sealedSecretFile) return write(print(result.objects, format), call);
  await replaceFiles([{ path: given.secretFile, was: bytes, content: result.text }], context.files);
}

async function write(result: string, { options: given, context }: KubesealCall): Promise<void> {
  const { sealedSecretFile } = given;
  if (!sealedSecretFile) return context.streams.out.write(result);
  if (result === '') throw new FormatError('EMPTY', 'there is nothing to write');
  await context.files.write({ path: sealedSecretFile, content: result, confidential: given.recoveryUnseal });
}

/** There is no --allow-expired here, as the reference has none. */
async function certificateOf({ options: given, context }: KubesealCall) {
  try {
    return await certificateToSealWith(given, context);
  } catch (error) {
    if (!isSealError(error) || error.code !== 'CERTIFICATE_EXPIRED') throw error;
    const hint = error.hints.filter((each) => !each.includes('--allow-expired'));
    throw new SealError(error.code, error.message, { hint, cause: error });
  }
}
