// Values that generators in the cluster make, kept until the object is refreshed.

import type { KubeApi } from '../../../src/kube/api.ts';
import { isNotFound } from '../../../src/kube/errors.ts';
import type { GeneratorRef } from '../../../src/kube/external-secrets.ts';
import type { PasswordGenerator } from '../../../src/kube/generators.ts';
import { adviceOf } from '../../../src/kube/reasons.ts';
import { resources } from '../../../src/kube/resources.ts';
import { Stalled, Waiting } from '../../engine/outcome.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import { generatePasswords } from '../../stores/generators/password.ts';

/** What a generator is asked for. */
export interface GeneratorRequest {
  /** The ExternalSecret. */
  key: string;
  namespace: string;
  ref: GeneratorRef;
  /** Which entry of it. */
  entry: string;
  /** Its time has come, so new values are wanted; false where only the object changed. */
  isRefresh: boolean;
}

interface Made {
  values: NamedValues;
  ref: string;
  /** A Secret was made of them. */
  isUsed: boolean;
}

const missingAgainMs = 60_000;

/** As the reference, every refresh makes new values; what was made and not used yet is not thrown away. */
export class Generators {
  readonly #kube: KubeApi;
  readonly #made = new Map<string, Map<string, Made>>();

  constructor(kube: KubeApi) {
    this.#kube = kube;
  }

  /** Throws `Stalled` (`Unsupported`), `StoreError` (`Invalid`), `Waiting` (`StoreMissing`) or an `ApiError`. */
  async valuesFor(request: GeneratorRequest, signal: AbortSignal): Promise<NamedValues> {
    const { key, entry, ref, isRefresh } = request;
    const name = `${ref.kind} ${ref.name}`;
    const made = this.#made.get(key)?.get(entry);
    if (made?.ref === name && !(made.isUsed && isRefresh)) return made.values;
    const values = generatePasswords((await this.#generator(request, signal)).spec);
    const ofObject = this.#made.get(key) ?? new Map<string, Made>();
    this.#made.set(key, ofObject.set(entry, { values, ref: name, isUsed: false }));
    return values;
  }

  /** The Secret of the object carries its values now. */
  used(key: string): void {
    for (const made of this.#made.get(key)?.values() ?? []) made.isUsed = true;
  }

  forget(key: string): void {
    this.#made.delete(key);
  }

  async #generator({ namespace, ref, entry }: GeneratorRequest, signal: AbortSignal): Promise<PasswordGenerator> {
    const { kind, name } = ref;
    if (kind !== 'Password') {
      throw new Stalled('Unsupported', `${entry}: generator ${kind} is not supported, Password is`, {
        hint: adviceOf('Unsupported'),
      });
    }
    try {
      return await this.#kube.get<PasswordGenerator>(resources.passwordGenerator, { namespace, name }, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new Waiting(
        'StoreMissing',
        `${entry}: there is no Password ${name} in namespace ${namespace}`,
        missingAgainMs,
        { hint: adviceOf('StoreMissing') },
      );
    }
  }
}
