// `seal edit FILE`: the items of a SealedSecret in the user's editor, without anybody opening a value.

import { isSealError, SealError, UsageError } from '../../src/errors.ts';
import { type ItemView, parseItemView, printItemView, type ViewChanges } from '../../src/manifest/item-view.ts';
import { decodeManifest } from '../../src/manifest/text.ts';
import { recordOf } from '../../src/seal/sealed-secret.ts';
import { shellPath } from '../../src/shell-words.ts';
import { type Call, command } from '../command.ts';
import type { Context, SignalListener } from '../context.ts';
import { itemSealingOptions, type SealingPlace, sealItems, sealingPlace, warnOfValues } from '../item-sealing.ts';
import { hinted, located } from '../located.ts';
import type { PrivateFolder } from '../private-folder.ts';
import { Ruling } from '../ruling.ts';
import { editedOptions, editedText, writeSealedFiles } from '../sealed-file.ts';
import { note } from '../ui.ts';

const options = { ...editedOptions, ...itemSealingOptions } as const;

/** Untouched items keep their bytes; new and changed ones are sealed on save; removed ones are removed. */
export const edit = command({
  name: 'edit',
  summary: 'edit the items of a SealedSecret',
  description: `Opens VISUAL or EDITOR on the items of a SealedSecret: a placeholder stands for each sealed value. What is changed or added is sealed
when the editor ends, what is taken away is removed, and every placeholder that stays keeps its bytes. No private key is needed.
The buffer lies in memory where the system has such a folder, and is overwritten and removed in any case.`,
  arguments: { name: '<file>', help: 'the file to edit' },
  options,
  excess: 'one file at a time; its items are in the editor',
  examples: [
    { does: 'change values', run: 'seal edit environments/production/db.yaml' },
    { does: 'with an editor that has windows', run: "EDITOR='code --wait' seal edit db.yaml" },
  ],
  run,
});

const bufferName = 'items.yaml';

/** No person makes so many mistakes in a row. */
const mostOpened = 20;

/** Mistakes in what was saved, with which it is opened again. */
const mendable: readonly string[] = ['INVALID_VIEW', 'CANNOT_EDIT', 'SECRET_TOO_LARGE'];

async function run({ options: given, args: [path], context }: Call<typeof options>): Promise<void> {
  if (path === undefined) throw new UsageError('no file is named', { hint: 'seal edit FILE' });
  const editor = context.env.VISUAL || context.env.EDITOR;
  if (!editor) {
    throw new UsageError('no editor is set', {
      hint: [`EDITOR=nano seal edit ${shellPath(path)}`, `or without one: seal set ${shellPath(path)} KEY`],
    });
  }
  const ruling = new Ruling(given, context);
  await ruling.checkWritten(path);
  // Nobody should type values that cannot be sealed afterwards.
  const place = await sealingPlace({ path }, { ruling, options: given }, context);
  await context.attended((onSignal) =>
    context.files.private((folder) =>
      new Session({ ...place, record: given.record, editor, folder, onSignal, context }).run(),
    ),
  );
}

interface SessionParts extends SealingPlace {
  record: boolean;
  editor: string;
  folder: PrivateFolder;
  onSignal: (listener: SignalListener) => void;
  context: Context;
}

/** One buffer, opened until it can be sealed, or is given up. */
class Session {
  readonly #parts: SessionParts;
  readonly #view: ItemView;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { sealedSecret } = parts.file;
    this.#view = { items: Object.keys(sealedSecret.spec.encryptedData ?? {}), record: recordOf(sealedSecret) };
  }

  async run(): Promise<void> {
    const { file, context } = this.#parts;
    let offered = `${this.#help()}${printItemView(this.#view)}`;
    let failure: SealError | undefined;
    for (let opened = 1; ; opened++) {
      const saved = await this.#edited(offered);
      if (withoutErrors(saved) === withoutErrors(offered)) {
        if (failure) throw givenUp(failure);
        return note(context, `${file.path}: nothing was changed`);
      }
      try {
        return await this.#finish(saved);
      } catch (error) {
        if (!isSealError(error) || !mendable.includes(error.code)) throw error;
        // An editor that is no person would be opened on its own nonsense for ever.
        if (opened === mostOpened) throw givenUp(error);
        failure = error;
        offered = withError(saved, error);
      }
    }
  }

  #help(): string {
    const { file, sealedFor } = this.#parts;
    const { namespace = '', name = '', scope } = sealedFor;
    return [
      `# ${file.path}: SealedSecret ${[namespace, name].filter(Boolean).join('/')}, ${scope}`,
      '# Leave <sealed …> to keep a value; write another in its place; take a line away to remove the item; add lines NAME: VALUE.',
      '# Values are sealed when you save and leave. To change nothing, leave without saving.',
      '',
    ].join('\n');
  }

  async #edited(offered: string): Promise<string> {
    const { folder, editor, onSignal, context } = this.#parts;
    const path = folder.write(bufferName, offered);
    await context.editor({ command: editor, path, onSignal });
    const bytes = folder.read(bufferName);
    if (bytes === undefined || decodeManifest(bytes, 'the buffer').trim() === '') {
      throw new SealError('EDIT_CANCELLED', 'the buffer is empty; nothing was changed', {
        hint: 'to remove all items, save {}',
      });
    }
    return decodeManifest(bytes, 'the buffer');
  }

  async #finish(saved: string): Promise<void> {
    const { file, context } = this.#parts;
    const changes = parseItemView(saved, this.#view);
    const { set, unset, kept } = changes;
    if (set.size === 0 && unset.length === 0) return note(context, `${file.path}: nothing was changed`);
    await this.#write(changes);
    const done = [
      set.size > 0 && `${set.size} sealed`,
      unset.length > 0 && `${unset.length} removed`,
      kept.length > 0 && (kept.length === 1 ? '1 kept as it was' : `${kept.length} kept as they were`),
    ];
    note(context, `${file.path}: ${done.filter(Boolean).join(', ')}`);
  }

  async #write({ set, unset }: ViewChanges): Promise<void> {
    const { file, context, certificate, sealedFor, record } = this.#parts;
    const values = new Map([...set].map(([name, value]) => [name, new TextEncoder().encode(value)]));
    const sealed = await sealItems(values, { certificate, sealedFor, record, now: context.clock.now() });
    const content = editedText(file, { ...sealed, unset }, context);
    if (context.signal.aborted) throw new SealError('INTERRUPTED', 'interrupted');
    warnOfValues(file.path, values, context);
    await writeSealedFiles([{ file, content }], context).catch((error) => {
      throw this.#kept(error);
    });
  }

  /** What was typed must not be lost because somebody else was faster or a disk is full, nor come to lie on a disk. */
  #kept(error: unknown): unknown {
    const { folder, file } = this.#parts;
    if (!isSealError(error) || !['FILE_CHANGED', 'FILE_UNWRITABLE'].includes(error.code)) return error;
    if (!folder.inMemory) return error;
    folder.keep();
    return new SealError(error.code, error.message, {
      hint: [
        `what you wrote is in ${folder.path}/${bufferName}, in memory only`,
        `to go on: seal edit ${shellPath(file.path)}, take it over, then rm -r ${folder.path}`,
      ],
      cause: error,
    });
  }
}

function givenUp(failure: SealError): unknown {
  return hinted(located(failure, 'what was saved'), 'nothing was changed');
}

const errorMark = '# seal: ';

/** The buffer with the mistake on top, and without that of the last time. */
function withError(saved: string, { message, hints }: SealError): string {
  const rest = withoutErrors(saved);
  const gone = saved.split('\n').length - rest.split('\n').length;
  // Lines are counted in what the user sees next.
  const moved = message.replace(/^line (\d+)/, (_, line) => `line ${Number(line) + hints.length + 1 - gone}`);
  return [...[moved, ...hints].map((words) => `${errorMark}${words}`), rest].join('\n');
}

function withoutErrors(text: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith(errorMark));
  return lines.join('\n');
}
