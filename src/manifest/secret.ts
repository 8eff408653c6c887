// A plain Secret read strictly: what Kubernetes would refuse or drop in silence is an error that names the field.

import type { Secret } from '../kube/objects.ts';
import type { ManifestObject } from './objects.ts';

/**
 * Reads an object that `isSecret` as a Secret of the right shape. A null value in `data` or `stringData` is an empty one, as for kubectl.
 * Throws `FormatError` `NOT_A_SECRET` naming the place and field: a value that is no string, a field that Secrets do not have,
 * a key that YAML reads as a number or boolean. Base64 is not decoded here.
 */
export function readSecret(object: ManifestObject): Secret {
  throw new TypeError(`not yet: ${object.line}`);
}
