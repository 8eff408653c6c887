// What a command was asked to read: standard input, files, and the manifests of folders, each once.

import { basename, relative } from 'node:path';
import { SealError, UsageError } from '../src/errors.ts';
import type { Context } from './context.ts';
import { noSuchFile } from './missing-file.ts';

/** One file, or standard input, not read yet. */
export interface InputFile {
  /** As the user wrote it, or `standard input`. */
  name: string;
  /** Its place below the folder it was found in, else its last part. */
  relative: string;
  /** Found in a folder rather than named. */
  found: boolean;
  isStdin: boolean;
  read(): Promise<Uint8Array>;
}

/** What to do where standard input is a terminal, and with folders. */
export interface InputOptions {
  /** Advice where nothing is given and nobody pipes anything in. */
  hint: string;
  /** Enter folders. Default: a folder is an error with this hint. */
  folders: true | { hint: string };
}

/** The inputs that `args` name; standard input when there are none or for `-`. Throws `UsageError` and `SealError`. */
export async function inputsOf(args: readonly string[], context: Context, options: InputOptions): Promise<InputFile[]> {
  if (args.length === 0) {
    if (context.streams.in.isTTY)
      throw new UsageError('nothing to read: no file, and nothing on standard input', { hint: options.hint });
    return [stdinOf(context)];
  }
  if (args.filter((arg) => arg === '-').length > 1)
    throw new UsageError('standard input (-) is named twice', { hint: 'leave out one of them' });
  const inputs: InputFile[] = [];
  const seen = new Set<string>();
  for (const arg of args) {
    for (const input of arg === '-' ? [stdinOf(context)] : await filesAt(arg, context, options)) {
      const identity = input.isStdin ? '-' : ((await context.files.identity(input.name)) ?? input.name);
      if (!seen.has(identity)) inputs.push(input);
      seen.add(identity);
    }
  }
  return inputs;
}

function stdinOf({ streams }: Context): InputFile {
  return {
    name: 'standard input',
    relative: 'secrets.yaml',
    found: false,
    isStdin: true,
    read: () => streams.in.read(),
  };
}

async function filesAt(path: string, context: Context, { folders }: InputOptions): Promise<InputFile[]> {
  const { files } = context;
  const kind = await files.kind(path);
  if (kind === 'missing') throw await noSuchFile(path, context);
  if (kind !== 'folder') return [fileOf(path, undefined, files)];
  if (folders !== true) throw new UsageError(`${path} is a folder`, { hint: folders.hint });
  const found = await files.manifests(path);
  if (found.length === 0)
    throw new SealError('EMPTY_FOLDER', `no .yaml, .yml or .json file is in ${path}`, {
      hint: 'name another folder, or the file itself',
    });
  return found.map((name) => fileOf(name, path, files));
}

function fileOf(name: string, folder: string | undefined, files: Context['files']): InputFile {
  const place = folder === undefined ? basename(name) : relative(folder, name);
  return { name, relative: place, found: folder !== undefined, isStdin: false, read: () => files.read(name) };
}
