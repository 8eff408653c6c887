// SealedSecrets as people and other tools write them: checking their shape, and what their metadata says.

import { isRecord } from '../encoding/json.ts';
import { FormatError } from '../errors.ts';
import type { SealedSecret } from '../kube/objects.ts';
import {
  checkBoolean,
  checkMap,
  checkMetadata,
  checkText,
  checkTextMap,
  describeKind,
  invalidManifest,
} from './fields.ts';
import { parseRecord, recordAnnotation, type SealRecord } from './record.ts';
import { type SealedFor, scopeOf } from './scope.ts';

/** What the values of a SealedSecret must have been sealed for. */
export function sealedForOf({ metadata }: Pick<SealedSecret, 'metadata'>): SealedFor {
  return { scope: scopeOf(metadata.annotations), namespace: metadata.namespace, name: metadata.name };
}

/** `object` as a SealedSecret. Throws `FormatError` for another kind or group, for both forms at once, for wrong types. */
export function checkSealedSecret(object: unknown): SealedSecret {
  if (!isRecord(object) || object.kind !== 'SealedSecret' || object.apiVersion !== 'bitnami.com/v1alpha1') {
    throw new FormatError('NOT_A_SEALED_SECRET', `this is not a SealedSecret but ${describeKind(object)}`);
  }
  const { metadata, spec } = object;
  checkMetadata('metadata', metadata);
  if (!isRecord(metadata) || !metadata.name) throw invalidManifest('the SealedSecret has no name');
  if (!isRecord(spec)) throw invalidManifest('the SealedSecret has no spec');
  checkText('spec.data', spec.data);
  const items = checkMap('spec.encryptedData', spec.encryptedData);
  if (typeof spec.data === 'string' && Object.keys(items).length > 0) {
    throw invalidManifest('spec.data and spec.encryptedData are both there');
  }
  checkTemplate(checkMap('spec.template', spec.template));
  return object as unknown as SealedSecret;
}

function checkTemplate({ metadata, type, immutable, data }: Record<string, unknown>): void {
  checkMetadata('spec.template.metadata', metadata);
  checkText('spec.template.type', type);
  checkBoolean('spec.template.immutable', immutable);
  checkTextMap('spec.template.data', data);
}

/** The seal record of a SealedSecret; empty where it has none. */
export function recordOf({ metadata }: SealedSecret): SealRecord {
  return parseRecord(metadata.annotations?.[recordAnnotation]);
}

/** What `spec.data`, a whole Secret in one sealed value, is called where items are named. */
export const wholeItem = 'spec.data';

/** Item → what stands there, sealed or not. */
export function sealedValuesOf({ spec: { data, encryptedData } }: SealedSecret): (readonly [string, unknown])[] {
  return typeof data === 'string' ? [[wholeItem, data]] : Object.entries(encryptedData ?? {});
}
