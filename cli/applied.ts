// Whether the cluster has what a manifest says: spec, and the annotations that decide something; pure.

import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../src/kube/objects.ts';
import { scopeAnnotations } from '../src/seal/scope.ts';
import { valueAt } from './kinds.ts';

const ourAnnotations = /^(sealwright\.dev|sealedsecrets\.bitnami\.com)\//;

/**
 * Definitions of the reference controllers fill in defaults, and other programs write metadata of their own: what the manifest
 * does not say may be anything, but for the items of a SealedSecret and its scope.
 */
export function isApplied(live: KubeObject, wanted: KubeObject): boolean {
  return (
    contains(valueAt(live, 'spec'), valueAt(wanted, 'spec')) && hasItems(live, wanted) && hasAnnotations(live, wanted)
  );
}

function contains(has: unknown, wanted: unknown): boolean {
  // kubectl sends no nulls, and an empty map is none to the API server.
  if (wanted === null || wanted === undefined) return true;
  if (Array.isArray(wanted)) {
    return Array.isArray(has) && has.length === wanted.length && wanted.every((each, at) => contains(has[at], each));
  }
  if (typeof wanted !== 'object') return has === wanted;
  const there = typeof has === 'object' && has !== null ? has : {};
  return Object.entries(wanted).every(([name, value]) => contains(valueAt(there, name), value));
}

function hasItems(live: KubeObject, wanted: KubeObject): boolean {
  const maps = [
    ['encryptedData'],
    ['template', 'data'],
    ['template', 'metadata', 'labels'],
    ['template', 'metadata', 'annotations'],
  ];
  if (wanted.kind !== 'SealedSecret') return true;
  return maps.every((path) =>
    isDeepStrictEqual(
      Object.keys(valueAt(live, 'spec', ...path) ?? {}).sort(),
      Object.keys(valueAt(wanted, 'spec', ...path) ?? {}).sort(),
    ),
  );
}

function hasAnnotations({ metadata: live }: KubeObject, { metadata: wanted }: KubeObject): boolean {
  const names = Object.keys(wanted.annotations ?? {}).filter((name) => ourAnnotations.test(name));
  const decisive = new Set([...names, ...Object.values(scopeAnnotations)]);
  return [...decisive].every((name) => live.annotations?.[name] === wanted.annotations?.[name]);
}
