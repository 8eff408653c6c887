// The names that items of a Secret may have.

// As Kubernetes' IsConfigMapKey: such names become files of a volume, so none may lead out of its folder.
const itemName = /^(?!\.$|\.\.)[-._a-zA-Z0-9]{1,253}$/;

/** Whether Kubernetes takes this as a key of a Secret. */
export function isItemName(text: string): boolean {
  return itemName.test(text);
}
