// Which files may hold manifests, told from their names alone.

const ending = /\.(?:ya?ml|json)$/i;

/** Whether a file of this name may hold manifests: YAML or JSON. */
export function isManifestName(name: string): boolean {
  return ending.test(name);
}
