// What a client asks a sealing controller about sealed values, and how little of the answers it believes.

import { utf8Text } from '../src/encoding/bytes.ts';
import { isRecord, parseJson } from '../src/encoding/json.ts';
import { SealError } from '../src/errors.ts';
import type { KubeApi } from '../src/kube/api.ts';
import { isApiError } from '../src/kube/errors.ts';
import type { SealedSecret } from '../src/kube/objects.ts';
import { type Certificate, type ChooseOptions, sealingCertificate } from '../src/seal/certificate.ts';
import { mapBounded } from '../src/seal/parallel.ts';
import { recordAnnotation } from '../src/seal/record.ts';
import { annotationsOfScope, labelText, type SealedFor } from '../src/seal/scope.ts';
import { checkSealedSecret, sealedForOf, sealedValuesOf, wholeItem } from '../src/seal/sealed-secret.ts';
import { sealedEnvelope } from '../src/seal/value.ts';
import { askController, type SealingController } from './sealing-controller.ts';

/** Sealed values of one SealedSecret, all or some. */
export interface SealedValues {
  sealedFor: SealedFor;
  /** Item → sealed value; `spec.data` for the first form. */
  values: ReadonlyMap<string, string>;
  /** The text of the seal record: with it the right key is tried first. Default: none. */
  record?: string | undefined;
  /** The one value is `spec.data`, a whole Secret. Default: false. */
  isWhole?: boolean;
}

/** The values of a SealedSecret, to ask about. What is not even text is left out. */
export function valuesToAsk(
  sealedSecret: SealedSecret,
  sealedFor: SealedFor = sealedForOf(sealedSecret),
): SealedValues {
  const texts = sealedValuesOf(sealedSecret).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return {
    sealedFor,
    values: new Map(texts),
    record: sealedSecret.metadata.annotations?.[recordAnnotation],
    isWhole: typeof sealedSecret.spec.data === 'string',
  };
}

/** What became of values that were to be sealed again. */
export interface Rotated {
  /** Item → new sealed value, of those that were sealed for another key. */
  values: ReadonlyMap<string, string>;
  /** Items that do not open. */
  failed: readonly string[];
}

/** One controller. Batches are for ours; of one that refuses them, as Sealed Secrets does, each SealedSecret is asked alone. */
export class SealingClient {
  readonly #api: KubeApi;
  readonly #controller: SealingController;
  readonly #signal: AbortSignal | undefined;
  #takesBatches: boolean | undefined;

  constructor(api: KubeApi, controller: SealingController, signal?: AbortSignal) {
    this.#api = api;
    this.#controller = controller;
    this.#signal = signal;
  }

  /** `namespace/name` of its Service. */
  get name(): string {
    return `${this.#controller.namespace}/${this.#controller.name}`;
  }

  /** Whether it turned out to take one SealedSecret at a time. */
  get isAskedOneByOne(): boolean {
    return this.#takesBatches === false;
  }

  /** The certificate that it seals for. Throws `ApiError`, `CertificateError`. */
  async certificate(options: ChooseOptions): Promise<Certificate> {
    const request = { path: '/v1/cert.pem', signal: this.#signal };
    const { body } = await askController(this.#api, this.#controller, request);
    return sealingCertificate(utf8Text(body), options);
  }

  /** Item → whether it opens, for each that is asked about. Throws `ApiError`, `SealError`. */
  async verify(asked: readonly SealedValues[]): Promise<ReadonlyMap<string, boolean>[]> {
    const answers = asked.map(() => new Map<string, boolean>());
    for (const parts of requestsFor(asked)) {
      const found = await this.#verifyAll(parts);
      for (const [at, { index }] of parts.entries())
        for (const [item, opens] of found[at] ?? []) answers[index]?.set(item, opens);
    }
    return answers;
  }

  async #verifyAll(asked: readonly SealedValues[]): Promise<ReadonlyMap<string, boolean>[]> {
    const results = await this.#batch('/v1/verify', asked);
    if (!results) return mapBounded(asked, 1, (each) => this.#verifyOne(each));
    return asked.map(({ values }, index) => {
      const items = results.each[index]?.items;
      return new Map([...values.keys()].map((item) => [item, this.#answerFor(items, item)]));
    });
  }

  #answerFor(items: unknown, item: string): boolean {
    const answer = isRecord(items) && Object.hasOwn(items, item) ? items[item] : undefined;
    if (typeof answer !== 'boolean') throw this.#oddAnswer(`nothing about ${item}`);
    return answer;
  }

  async #verifyOne(asked: SealedValues): Promise<ReadonlyMap<string, boolean>> {
    const { status } = await this.#post('/v1/verify', bare(asked));
    if (status === 200 || (status === 409 && asked.values.size === 1))
      return new Map([...asked.values.keys()].map((item) => [item, status === 200]));
    if (status !== 409) throw this.#refused(status);
    // Which of them it is, nobody says but by being asked about each.
    const answers = await mapBounded(singly(asked), 1, (one) => this.#verifyOne(one));
    return new Map(answers.flatMap((answer) => [...answer]));
  }

  /**
   * Has values sealed again for `certificate`, which has to be the one that the controller seals for. What comes back is checked: the same
   * items for the same place, each new, and of the length that the same plain text has under that key. Throws `SealError` (`KEY_CHANGED`,
   * `CONTROLLER_ANSWER`, `CONTROLLER_REFUSED`), `ApiError`.
   */
  async rotate(asked: readonly SealedValues[], certificate: Certificate): Promise<Rotated[]> {
    const rotated = asked.map(() => ({ values: new Map<string, string>(), failed: [] as string[] }));
    const known = new Set(asked.flatMap(({ values }) => [...values.values()]));
    for (const parts of requestsFor(asked)) {
      const found = await this.#rotateAll(parts, certificate);
      this.#checkNew(found, known);
      for (const [at, { index }] of parts.entries()) {
        for (const [item, value] of found[at]?.values ?? []) rotated[index]?.values.set(item, value);
        rotated[index]?.failed.push(...(found[at]?.failed ?? []));
      }
    }
    return rotated;
  }

  async #rotateAll(asked: readonly SealedValues[], certificate: Certificate): Promise<Rotated[]> {
    const results = await this.#batch('/v1/rotate', asked);
    if (results) {
      if (results.keyId !== certificate.keyId) throw this.#keyChanged();
      return asked.map((each, index) => this.#rotated(each, results.each[index] ?? {}, certificate));
    }
    const rotated = await mapBounded(asked, 1, (each) => this.#rotateOne(each, certificate));
    const { keyId } = await this.certificate({ now: certificate.notBefore, allowExpired: true });
    if (keyId !== certificate.keyId) throw this.#keyChanged();
    return rotated;
  }

  // Whoever has no key can still put a value in the place of another one: sealing never comes to the same twice.
  #checkNew(found: readonly Rotated[], known: Set<string>): void {
    for (const [item, value] of found.flatMap(({ values }) => [...values])) {
      if (known.has(value)) throw this.#oddAnswer(`a value for ${item} that is there already`);
      known.add(value);
    }
  }

  #rotated(asked: SealedValues, { items, failed }: Record<string, unknown>, certificate: Certificate): Rotated {
    if (!isRecord(items) || !Array.isArray(failed)) throw this.#oddAnswer('no items');
    const odd = [...Object.keys(items), ...failed].find((item) => !asked.values.has(item));
    if (odd !== undefined) throw this.#oddAnswer('items that it was not asked about');
    const values = Object.entries(items).map(([item, fresh]) => {
      return [item, this.#checked(item, { fresh, old: asked.values.get(item) ?? '', certificate })] as const;
    });
    return { values: new Map(values), failed };
  }

  async #rotateOne(asked: SealedValues, certificate: Certificate): Promise<Rotated> {
    // The reference makes items of what it finds inside; that is another manifest, not another value.
    if (asked.isWhole) return { values: new Map(), failed: [...asked.values.keys()] };
    const { status, text } = await this.#post('/v1/rotate', bare(asked));
    if (status === 200) return this.#taken(asked, text, certificate);
    if (asked.values.size === 1) return { values: new Map(), failed: [...asked.values.keys()] };
    const each = await mapBounded(singly(asked), 1, (one) => this.#rotateOne(one, certificate));
    return { values: new Map(each.flatMap(({ values }) => [...values])), failed: each.flatMap(({ failed }) => failed) };
  }

  /** The values of the SealedSecret that came back; all else of it is nobody's business. */
  #taken(asked: SealedValues, text: string, certificate: Certificate): Rotated {
    const object = parseJson(text);
    const answer = isRecord(object) ? readSealedSecret(object) : undefined;
    if (!answer) throw this.#oddAnswer('no SealedSecret');
    const [here, there] = [asked.sealedFor, sealedForOf(answer)];
    if (here.scope !== there.scope || labelText(here) !== labelText(there) || here.name !== there.name)
      throw this.#oddAnswer('values for another place');
    const items = answer.spec.encryptedData ?? {};
    if (Object.keys(items).length !== asked.values.size) throw this.#oddAnswer('other items');
    return this.#rotated(asked, { items, failed: [] }, certificate);
  }

  #checked(item: string, { fresh, old, certificate }: { fresh: unknown; old: string; certificate: Certificate }) {
    if (typeof fresh !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(fresh))
      throw this.#oddAnswer(`no value for ${item}`);
    const [now, was] = [envelopeIn(fresh), envelopeIn(old)];
    const isForKey = now?.wrappedKey.byteLength === Math.ceil(certificate.bits / 8);
    if (isForKey && fresh !== old && now.ciphertext.byteLength === was?.ciphertext.byteLength) return fresh;
    throw this.#oddAnswer(`a value for ${item} that is not the same one under its key`);
  }

  async #batch(path: string, asked: readonly SealedValues[]) {
    if (this.#takesBatches === false) return undefined;
    const { status, text } = await this.#post(path, { apiVersion: 'v1', kind: 'List', items: asked.map(bare) });
    this.#takesBatches ??= status === 200;
    // Sealed Secrets 0.36 answers 500 to a List.
    if (status === 500) return undefined;
    if (status !== 200) throw this.#refused(status);
    const answer = parseJson(text);
    const { results, keyId } = isRecord(answer) ? answer : {};
    if (!Array.isArray(results) || results.length !== asked.length || !results.every(isRecord))
      throw this.#oddAnswer('other SealedSecrets');
    return { keyId, each: results as Record<string, unknown>[] };
  }

  async #post(path: string, sent: object): Promise<{ status: number; text: string }> {
    const request = { path, body: JSON.stringify(sent), signal: this.#signal };
    try {
      const { body } = await askController(this.#api, this.#controller, request);
      return { status: 200, text: utf8Text(body) };
    } catch (error) {
      if (!isApiError(error)) throw error;
      if (error.status === 404 || error.status === 405) throw this.#noEndpoint(error);
      if (![400, 409, 413, 500].includes(error.status)) throw error;
      return { status: error.status, text: '' };
    }
  }

  #noEndpoint(cause: unknown): SealError {
    return new SealError('NO_ENDPOINT', `the controller ${this.name} answers nothing about sealed values`, {
      hint: 'with --opening-rate 0 it is told not to',
      cause,
    });
  }

  #refused(status: number): SealError {
    return new SealError('CONTROLLER_REFUSED', `the controller ${this.name} refuses what it was asked (${status})`);
  }

  #oddAnswer(what: string): SealError {
    return new SealError('CONTROLLER_ANSWER', `the controller ${this.name} answers with ${what}`, {
      hint: 'nothing of its answer was taken; is something else behind that Service?',
    });
  }

  #keyChanged(): SealError {
    return new SealError('KEY_CHANGED', `the controller ${this.name} has another key than a moment ago`, {
      hint: 'run it again: what is done is done, and the rest is sealed for the new key',
    });
  }
}

interface Part extends SealedValues {
  /** Of what it is a part, among all that are asked about. */
  index: number;
  values: Map<string, string>;
}

// Far below what our controller takes at once, so that one request is answered before anyone grows impatient.
const valuesAtOnce = 64;
const charactersAtOnce = 512 * 1024;

function* requestsFor(asked: readonly SealedValues[]): Generator<Part[]> {
  let parts: Part[] = [];
  let [count, characters] = [0, 0];
  for (const [index, { values, ...rest }] of asked.entries()) {
    for (const [item, value] of values) {
      if (count > 0 && (count === valuesAtOnce || characters + value.length > charactersAtOnce)) {
        yield parts;
        [parts, count, characters] = [[], 0, 0];
      }
      const last = parts.at(-1);
      if (last?.index === index) last.values.set(item, value);
      else parts.push({ ...rest, index, values: new Map([[item, value]]) });
      [count, characters] = [count + 1, characters + value.length];
    }
  }
  if (parts.length > 0) yield parts;
}

// Neither template nor foreign annotations: what is not sent cannot be rendered, leaked or mixed up.
function bare({ sealedFor: { scope, namespace, name }, values, record, isWhole }: SealedValues): object {
  const annotations = { ...annotationsOfScope(scope), ...(record !== undefined && { [recordAnnotation]: record }) };
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name, ...(namespace && { namespace }), annotations },
    spec: isWhole ? { data: values.get(wholeItem) } : { encryptedData: Object.fromEntries(values) },
  };
}

function singly({ values, ...rest }: SealedValues): SealedValues[] {
  return [...values].map((entry) => ({ ...rest, values: new Map([entry]) }));
}

function readSealedSecret(object: Record<string, unknown>): SealedSecret | undefined {
  try {
    return checkSealedSecret(object);
  } catch {
    return undefined;
  }
}

function envelopeIn(sealed: string) {
  try {
    return sealedEnvelope(sealed);
  } catch {
    return undefined;
  }
}
