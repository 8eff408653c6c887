// Every key pair at hand: the newest seals, every one opens, and the likeliest is tried first.

import { equalBytes } from '../src/encoding/bytes.ts';
import { isSealError } from '../src/errors.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import type { Envelope } from '../src/seal/envelope.ts';
import { type CipherKey, decrypt, importPrivateKey, noKeyOpens } from '../src/seal/hybrid.ts';
import type { Opened, Opener, OpenRequest } from '../src/seal/opener.ts';
import { openAesGcm } from './aes-gcm.ts';
import type { KeyPair } from './key-pair.ts';

// One imported key decrypts one value at a time (a lock in the platform); several imports use several cores.
const importsPerKey = 4;

interface Entry {
  pair: KeyPair;
  imports: Promise<CipherKey>[];
  turn: number;
}

/** Key pairs by id. They may come, change and go while values are being opened. */
export class KeyRegistry implements Opener {
  /** Newest first. Replaced as a whole, so that an opening in progress keeps the order it started with. */
  #entries: readonly Entry[] = [];
  #lastOpened: string | undefined;
  // Values come by the hundred at a start: one looks for the key, and the others wait and try first what it found.
  #search: Promise<unknown> | undefined;

  constructor(pairs: Iterable<KeyPair> = []) {
    this.replace(pairs);
  }

  /** How many key pairs there are. */
  get size(): number {
    return this.#entries.length;
  }

  /** Newest first: by the certificate's notBefore, then by the time of storing. Bare private keys come last. */
  list(): KeyPair[] {
    return this.#entries.map(({ pair }) => pair);
  }

  /** The key pair of this id. */
  get(id: string): KeyPair | undefined {
    return this.#entries.find(({ pair }) => pair.id === id)?.pair;
  }

  /** The newest key pair that has a certificate: the one that seals. */
  newest(): (KeyPair & { certificate: Certificate }) | undefined {
    return this.list().find(hasCertificate);
  }

  /** Adds a key pair, or puts it in place of the one with its id. Returns whether the set of ids grew. */
  add(pair: KeyPair): boolean {
    const others = this.#entries.filter((entry) => entry.pair.id !== pair.id);
    const grew = others.length === this.#entries.length;
    this.#entries = [...others, this.#entryOf(pair)].sort(newestFirst);
    return grew;
  }

  /** Forgets a key pair. Returns whether it was there. */
  remove(id: string): boolean {
    const before = this.#entries.length;
    this.#entries = this.#entries.filter(({ pair }) => pair.id !== id);
    return this.#entries.length < before;
  }

  /** Makes `pairs` the whole set; of two with one id the last counts. Returns whether a key or a certificate changed. */
  replace(pairs: Iterable<KeyPair>): boolean {
    const next = new Map(Array.from(pairs, (pair) => [pair.id, pair]));
    const before = new Set(this.#entries.map(({ pair }) => nameOf(pair)));
    this.#entries = Array.from(next.values(), (pair) => this.#entryOf(pair)).sort(newestFirst);
    return before.size !== next.size || this.#entries.some(({ pair }) => !before.has(nameOf(pair)));
  }

  /** Tries the hinted key, then the key that last opened something, then the newest first. */
  async open(request: OpenRequest): Promise<Opened> {
    const fitting = this.#fitting(request.envelope);
    if (fitting.some(({ pair }) => pair.id === request.keyIdHint)) return this.#openWith(fitting, request);
    if (this.#search !== undefined) {
      await this.#search;
      return this.#openWith(fitting, request);
    }
    const opening = this.#openWith(fitting, request);
    this.#search = opening.catch(() => undefined);
    return opening;
  }

  /**
   * Opens with the same keys for callers who must not slow others down: it keeps nobody waiting for its search, and what it opens
   * decides nothing about which key others try first.
   */
  apart(): Opener {
    let lastOpened: string | undefined;
    return {
      open: async ({ envelope, label, keyIdHint }) => {
        const order = likeliestFirst(this.#fitting(envelope), [keyIdHint, lastOpened]);
        const opened = await openWithFirst(order, envelope, label);
        lastOpened = opened.keyId;
        return opened;
      },
    };
  }

  // The wrapped key is as long as the modulus, so any other key cannot be the one. That length is public.
  #fitting({ wrappedKey }: Envelope): readonly Entry[] {
    return this.#entries.filter(({ pair }) => Math.ceil(pair.bits / 8) === wrappedKey.byteLength);
  }

  async #openWith(fitting: readonly Entry[], { envelope, label, keyIdHint }: OpenRequest): Promise<Opened> {
    const opened = await openWithFirst(likeliestFirst(fitting, [keyIdHint, this.#lastOpened]), envelope, label);
    this.#lastOpened = opened.keyId;
    return opened;
  }

  #entryOf(pair: KeyPair): Entry {
    const known = this.#entries.find((entry) => entry.pair.id === pair.id);
    const same = known !== undefined && equalBytes(known.pair.pkcs8.reveal(), pair.pkcs8.reveal());
    return { pair, imports: same ? known.imports : [], turn: 0 };
  }
}

async function openWithFirst(entries: readonly Entry[], envelope: Envelope, label: Uint8Array): Promise<Opened> {
  for (const entry of entries) {
    try {
      const plaintext = await decrypt(await nextImport(entry), envelope, label, openAesGcm);
      return { plaintext, keyId: entry.pair.id };
    } catch (error) {
      if (!isSealError(error) || error.code !== 'NO_KEY_OPENS') throw error;
    }
  }
  throw noKeyOpens();
}
function nextImport(entry: Entry): Promise<CipherKey> {
  const turn = entry.turn++ % importsPerKey;
  const known = entry.imports[turn];
  if (known !== undefined) return known;
  const key = importPrivateKey(entry.pair.pkcs8.reveal());
  entry.imports[turn] = key;
  return key;
}

function likeliestFirst(entries: readonly Entry[], ids: readonly (string | undefined)[]): Entry[] {
  const rank = ({ pair }: Entry) => (ids.includes(pair.id) ? ids.indexOf(pair.id) : ids.length);
  return [...entries].sort((a, b) => rank(a) - rank(b));
}

function newestFirst({ pair: a }: Entry, { pair: b }: Entry): number {
  const byCertificate = time(b.certificate?.notBefore) - time(a.certificate?.notBefore);
  return byCertificate || time(b.createdAt) - time(a.createdAt) || (a.id < b.id ? -1 : 1);
}

function nameOf({ id, certificate }: KeyPair): string {
  return `${id} ${certificate?.fingerprint}`;
}

function time(date: Date | undefined): number {
  return date?.getTime() ?? 0;
}

function hasCertificate(pair: KeyPair): pair is KeyPair & { certificate: Certificate } {
  return pair.certificate !== undefined;
}
