// External Secrets' functions on PEM: choosing blocks, parts of a certificate chain, names of a certificate.

import type { Budget } from '../budget.ts';
import type { Text } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { type FunctionTable, fn } from '../functions.ts';
import { alternativeNamesOf, type Certificate, isRoot, orderedChain, readCertificate } from './certificates.ts';
import { firstBlock, pemBlocks, pemOf, pemText, withoutJunk } from './pem-blocks.ts';

export const pemFunctions: FunctionTable = {
  filterPEM: fn(['string', 'string'], ([kind, text]) => filtered(kind, text)),
  filterCertChain: fn(['string', 'string'], ([part, text], budget) => {
    const certificates = pemBlocks(text).blocks.map(({ bytes }) => readCertificate(bytes));
    return chainPart(part, orderedChain(certificates, budget));
  }),
  certSANs: fn(['string'], ([text]) =>
    alternativeNamesOf(readCertificate(firstBlock(withoutJunk(text), 'certificate').bytes)),
  ),
};

function filtered(kind: Text, text: Text): Text {
  const { blocks, rest } = pemBlocks(withoutJunk(text));
  const kept = blocks.filter(({ label }) => label.toLowerCase() === kind.toLowerCase()).map(pemText);
  if (kept.length === 0 && rest !== '') throw new FunctionFailure('error filtering pem: found junk');
  return kept.join('');
}

function chainPart(part: Text, chain: readonly Certificate[]): Text {
  const [leaf, root] = [chain[0], chain.at(-1)];
  const written = (one: Certificate | undefined) => (one === undefined ? '' : pemOf('CERTIFICATE', one.der));
  if (part === 'leaf') return leaf !== undefined && !isRoot(leaf) ? written(leaf) : '';
  if (part === 'root') return root !== undefined && isRoot(root) ? written(root) : '';
  if (part !== 'intermediate') return '';
  const behind = chain.slice(1);
  const end = behind.findIndex(isRoot);
  return (end === -1 ? behind : behind.slice(0, end)).map(written).join('');
}

/** The certificates of a text in the order of their chain, or as they came where they are no chain. */
export function chainText(certificates: readonly Certificate[], budget: Budget): Text {
  const written = (list: readonly Certificate[]) => list.map(({ der }) => pemOf('CERTIFICATE', der)).join('');
  try {
    return written(orderedChain(certificates, budget));
  } catch (error) {
    if (!(error instanceof FunctionFailure)) throw error;
    return written(certificates);
  }
}
