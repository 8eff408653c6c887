// `seal promote NAME --from ENV --to ENV`: the items that an environment lacks, sealed for it from values that are given anew.

import { UsageError } from '../../src/errors.ts';
import { narrowed } from '../../src/repository/matrix.ts';
import { isItemName } from '../../src/seal/item-name.ts';
import { type Call, command } from '../command.ts';
import { Found } from '../exit.ts';
import { itemSealingOptions, sealedTold, sealItems, warnOfValues } from '../item-sealing.ts';
import { jsonDocument } from '../json.ts';
import { readMatrix } from '../matrix.ts';
import { tableLines } from '../matrix-table.ts';
import { flag, text } from '../options.ts';
import { checkTarget, type PromotionTarget, promotedText, targetOf } from '../promoted-file.ts';
import { type Promotion, promotionOf } from '../promotion.ts';
import { replaceFiles } from '../replacing.ts';
import { itemReferences, type StoreReference } from '../store-references.ts';
import { note } from '../ui.ts';
import { tellUnlisted } from '../unlisted.ts';
import { namedSources, readValues, valueOptions } from '../values.ts';

const options = {
  from: text('--from <environment>', 'environment that has the Secret'),
  to: text('--to <environment>', 'environment that it is sealed for'),
  check: flag('--check', 'write nothing; say what is missing, and end with 3 where anything is'),
  write: text(
    '-w, --write <file>',
    "file of a Secret that is new there; default: the source's, in the folder of the environment",
  ),
  ...valueOptions,
  json: flag('--json', 'print what was done, or would be, as one JSON document'),
  ...itemSealingOptions,
} as const;

type PromoteCall = Call<typeof options>;

/** No sealed value is ever copied: what one cluster opens, another does not. */
export const promote = command({
  name: 'promote',
  summary: 'seal for one environment what another has',
  description: `Shows the items of a Secret in two environments, asks for the values that the second one lacks, or takes them from Vault, OpenBao or AWS, and seals them for its cluster. What is there already stays, but for items that are named. No sealed value is copied, as no other cluster could open it.
Where the Secret is missing as a whole, its file is made of the other's text: comments stay, the namespace is the one of the rule.

With --json: {check, secret, from, to, source, file, isNew, "missing": [item], "sealed": [item]}; with --check "wanted" in place of sealed.`,
  arguments: {
    name: '<name> [key...]',
    help: 'the Secret, or NAMESPACE/NAME; and items to seal anew or to give: KEY, or KEY=VALUE',
  },
  options,
  examples: [
    { does: 'be asked for what production lacks', run: 'seal promote shop --from staging --to production' },
    { does: 'see what it would ask for', run: 'seal promote shop --from staging --to production --check' },
    {
      does: 'take from Vault or OpenBao what production lacks, as vault kv get would read it',
      run: 'seal promote shop --from staging --to production --from-vault kv/production/shop',
    },
    {
      does: 'take single values from Vault and from AWS Secrets Manager',
      run: 'seal promote shop --from staging --to production --from-vault token=kv/mail#api_token --from-aws production/db#password',
    },
    {
      does: 'take a value from another program',
      run: 'vault kv get -field=token kv/shop | seal promote shop --from staging --to production --from-file token=-',
    },
  ],
  run,
});

async function run({ options: given, args, context }: PromoteCall): Promise<void> {
  const { name, words, from, to } = checked({ options: given, args });
  const { matrix, known } = await readMatrix(given, context);
  const isLiteral = (word: string) => word.includes('=');
  const { stores, ...files } = namedSources(given);
  const values = await readValues({ literals: words.filter(isLiteral), ...files }, context);
  const referred = itemReferences(stores).map(({ item }) => item);
  const named = [...values.keys(), ...referred, ...words.filter((word) => !isLiteral(word))];
  const promotion = promotionOf(matrix, { name, from, to, known, write: given.write, named }, context);
  const asked = promotion.wanted.filter((item) => !values.has(item) && !referred.includes(item));
  const isAsked = (item: string) => asked.includes(item) && referred.length === stores.length;
  const { row } = promotion;
  const { rows } = narrowed({ environments: [from, to], rows: [row] }, [from, to]);
  const missing = (_: unknown, item: string) =>
    `✗ missing${!promotion.wanted.includes(item) ? '' : isAsked(item) ? ', asked for' : ', given'}`;
  const lines = tableLines({ rows }, { environments: [from, to], now: context.clock.now(), missing });
  if (given.check && !given.json) context.streams.out.write(lines.map((line) => `${line}\n`).join(''));
  else for (const line of lines) note(context, line);
  if (promotion.wanted.length === 0) note(context, `${to} lacks nothing of Secret ${name} that ${from} has`);
  else if (given.check) await checkTarget(promotion, given, context);
  else await perform(promotion, { values, stores, asked, call: { options: given, args, context } });
  if (given.json) context.streams.out.write(jsonDocument(toldOf(promotion, { from, to }, given)));
  if (given.check && promotion.wanted.length > 0) throw new Found();
}

function checked({ options: { from, to }, args: [name, ...words] }: Pick<PromoteCall, 'options' | 'args'>) {
  const usage = 'seal promote NAME --from ENVIRONMENT --to ENVIRONMENT';
  if (name === undefined) throw new UsageError('no Secret is named', { hint: usage });
  if (from === undefined || to === undefined) {
    throw new UsageError(`${from === undefined ? '--from' : '--to'} is missing`, {
      hint: [usage, 'seal matrix shows the environments'],
    });
  }
  // What cannot be a name may be a value: it is not shown.
  if (!words.every((word) => word.includes('=') || isItemName(word)))
    throw new UsageError('a word after the name is neither KEY nor KEY=VALUE', { hint: usage });
  return { name, words, from, to };
}

interface Performing {
  values: ReadonlyMap<string, Uint8Array>;
  stores: readonly StoreReference[];
  asked: readonly string[];
  call: PromoteCall;
}

async function perform(promotion: Promotion, { values: given, stores, asked, call }: Performing): Promise<void> {
  const { options, context } = call;
  const target = await targetOf(promotion, options, context);
  const { file, certificate, sealedFor } = target;
  // Nobody is asked, and no store read, before all else is known to be well.
  const values = await readValues({ stores, asked, into: [file.path] }, context, given);
  warnOfValues(file.path, values, context);
  const sealed = await sealItems(values, { certificate, sealedFor, record: options.record, now: context.clock.now() });
  const content = promotedText(target, sealed, context);
  await replaceFiles([{ path: file.path, was: target.was, content, makeFolders: true }], context.files);
  await tellDone(promotion, target, [...values.keys()], call);
}

async function tellDone({ source }: Promotion, target: PromotionTarget, items: readonly string[], call: PromoteCall) {
  const { file, isNew } = target;
  const { context } = call;
  const made = isNew ? `made like ${source.file}; ` : '';
  note(context, `${file.path}: ${made}${sealedTold(items, target)}`);
  if (isNew) await tellUnlisted(file.path, context);
}

function toldOf(
  { row, source, target, file, missing, wanted }: Promotion,
  { from, to }: { from: string; to: string },
  { check }: PromoteCall['options'],
) {
  const described = { secret: row.name, from, to, source: source.file, file, isNew: target === undefined };
  return { check, ...described, missing, [check ? 'wanted' : 'sealed']: wanted };
}
