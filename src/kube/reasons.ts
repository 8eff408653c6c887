// Every reason that a condition or event can carry, with what it means and what to do; `docs/conditions.md` is made from it.

/** What one reason stands for. */
export interface ReasonText {
  /** How Ready stands with it. */
  ready: 'True' | 'False' | 'Unknown';
  /** Which condition explains it beside Ready. */
  beside: 'Stalled' | 'Reconciling' | 'none';
  meaning: string;
  remedy: string;
}

/** By reason, in the order of the document. */
export const reasons = {
  Unsealed: {
    ready: 'True',
    beside: 'none',
    meaning: 'The Secret carries exactly what this generation asks for.',
    remedy: 'Nothing to do.',
  },
  CannotOpen: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'No key of this cluster opens the named items under this name, namespace and scope.',
    remedy: 'Seal them again for this cluster, name and namespace, or restore the key; a new key is tried at once.',
  },
  ValueDamaged: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The named items are no sealed values: cut off, or not standard base64.',
    remedy: 'Seal them again.',
  },
  UnknownKey: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning:
      'The seal record names a key that this cluster does not have. After two minutes Ready is False and Stalled is True, with the same reason.',
    remedy:
      'Restore the key Secret in the namespace of the controller, or seal again with the certificate of this cluster.',
  },
  InvalidSpec: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The spec contradicts itself or has values of the wrong type.',
    remedy: 'Correct the named field.',
  },
  TemplateError: {
    ready: 'False',
    beside: 'Stalled',
    meaning:
      'A template of the object cannot be rendered, or what it is read from is not there (then Ready is Unknown, and it is tried again).',
    remedy: 'Correct the template at the named item and line, or make what it is read from.',
  },
  NotOwned: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'A Secret of that name is there and belongs to someone else, or to nobody.',
    remedy:
      'Delete it, or give leave with the annotation that the message names; any change of that Secret is looked at.',
  },
  TypeNotAllowed: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'This controller does not make Secrets of that type.',
    remedy: 'Choose another type in the template, or list the type in --allowed-secret-types.',
  },
  TooLarge: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The values together are over the 1 MiB that a Secret may have.',
    remedy: 'Split the Secret.',
  },
  TypeConflict: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The Secret to merge into is of another type.',
    remedy: 'Leave the type of the template out.',
  },
  ImmutableSecret: {
    ready: 'False',
    beside: 'Stalled',
    meaning:
      'The Secret is immutable: the one to merge into, or the one of spec.target.immutable whose values are others now.',
    remedy: 'Delete it, to have it made with the new values, or merge into another.',
  },
  Rejected: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The API server does not accept the Secret, because of the named fields.',
    remedy: 'Correct the template: the type may ask for other items.',
  },
  Drifted: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The Secret was changed or deleted, and this controller only detects drift (--drift detect).',
    remedy: 'Put the Secret right, or run with --drift correct.',
  },
  SecretSynced: {
    ready: 'True',
    beside: 'none',
    meaning: 'The Secret carries what the stores gave for this generation.',
    remedy: 'Nothing to do. Where Stale is True, later refreshes fail and the last good values stay.',
  },
  SecretDeleted: {
    ready: 'True',
    beside: 'none',
    meaning: 'The stores have nothing any more, and deletionPolicy Delete asked for the Secret to go.',
    remedy: 'Nothing to do.',
  },
  SecretMissing: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning:
      'creationPolicy Merge, or a destination without create, makes no Secret, and the one to fill is not there.',
    remedy: 'Make the Secret; it is noticed at once. Or use CreateOrMerge, or spec.destination.create.',
  },
  SecretSyncedError: {
    ready: 'False',
    beside: 'Reconciling',
    meaning:
      'The Secret does not carry what this generation asks for; the message begins with the class, which is the reason of Reconciling, Stalled and the event.',
    remedy: 'See the class.',
  },
  Denied: {
    ready: 'False',
    beside: 'Reconciling',
    meaning: 'The store refuses the credentials, or does not let them read this. It is tried again.',
    remedy: 'Correct the credentials or the policy of the store.',
  },
  NotFound: {
    ready: 'False',
    beside: 'Reconciling',
    meaning: 'The store certainly has no such key or version, or gave nothing at all. It is tried again.',
    remedy: 'Correct the key, or put the value into the store.',
  },
  Deleted: {
    ready: 'False',
    beside: 'Reconciling',
    meaning: 'The value was there and can come back: soft-deleted, destroyed, marked for deletion. It is tried again.',
    remedy: 'Restore it in the store.',
  },
  PropertyMissing: {
    ready: 'False',
    beside: 'Reconciling',
    meaning: 'The key is there, and the property asked for is not. It is tried again.',
    remedy: 'Correct the property, or put it into the value.',
  },
  Throttled: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning: 'The store asks for fewer requests. It is tried again when the store allows.',
    remedy: 'Nothing if it passes; else raise the quota or the refreshInterval.',
  },
  Unavailable: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning: 'The store does not answer. It is tried again, and at once when it is back.',
    remedy: 'Nothing if it passes; else look at the store.',
  },
  Invalid: {
    ready: 'False',
    beside: 'Reconciling',
    meaning: 'The request, the settings of the store or its answer cannot be right. It is tried again.',
    remedy: 'Correct what the message names.',
  },
  Unsupported: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The spec asks for something that this controller does not do.',
    remedy: 'Leave the named field out, or serve this object with another controller.',
  },
  StoreMissing: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning: 'The store, or the generator, is not there. It is tried again, and at once when a store comes.',
    remedy: 'Make it, or correct its name and kind.',
  },
  StoreNotAllowed: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The store is not for this namespace, or cluster stores are not served.',
    remedy: 'Change spec.conditions of the ClusterSecretStore, or use another store.',
  },
  InvalidReference: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'A reference to a VaultAuth, VaultConnection or VaultAuthGlobal cannot be read.',
    remedy: 'Write name, or namespace/name.',
  },
  ReferenceMissing: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning:
      'The VaultAuth, VaultConnection or VaultAuthGlobal that is meant is not there. It is noticed when it comes.',
    remedy: 'Make it, or correct the reference.',
  },
  ReferenceNotAllowed: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The VaultAuth or VaultAuthGlobal is not for this namespace.',
    remedy: 'Change its spec.allowedNamespaces; "*" counts only where it stands alone.',
  },
  InvalidVaultAuth: {
    ready: 'False',
    beside: 'Stalled',
    meaning:
      'The VaultAuth, with its VaultAuthGlobal, cannot be used: it names no method or mount, or contradicts itself.',
    remedy: 'Correct the named field; it is noticed.',
  },
  InvalidConnection: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The VaultConnection contradicts itself.',
    remedy: 'Correct the named field; it is noticed.',
  },
  LoginRefused: {
    ready: 'False',
    beside: 'Reconciling',
    meaning: 'The server refuses the credentials or the role. It is tried again.',
    remedy: 'Compare the VaultAuth with the role on the server.',
  },
  WrongEngine: {
    ready: 'False',
    beside: 'Reconciling',
    meaning: 'What is mounted there is no KV engine, one of the other version, or nothing. It is tried again.',
    remedy: 'Correct spec.mount, spec.type or spec.namespace; the message says what is there.',
  },
  UntrustedServer: {
    ready: 'False',
    beside: 'Reconciling',
    meaning:
      'The certificate of the server is not trusted, or there are no certificates to trust it by. It is tried again.',
    remedy: 'Correct caCertSecretRef, caCertPath or tlsServerName of the VaultConnection; a changed Secret is noticed.',
  },
  TransformationMissing: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning: 'A SecretTransformation, or a template of it, is not there. It is noticed when it comes.',
    remedy: 'Make it, or correct spec.destination.transformation.',
  },
  InvalidTransformation: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The transformation, or a SecretTransformation that it names, cannot be used as it is written.',
    remedy: 'Correct what the message names; it is noticed.',
  },
  Valid: {
    ready: 'True',
    beside: 'none',
    meaning: 'The store takes its credentials; the object of secrets.hashicorp.com can be used.',
    remedy: 'Nothing to do.',
  },
  ValidationUnknown: {
    ready: 'True',
    beside: 'none',
    meaning: 'Whoever uses the store brings the credentials, so nothing can be tried beforehand.',
    remedy: 'Nothing to do.',
  },
  InvalidProviderConfig: {
    ready: 'False',
    beside: 'Reconciling',
    meaning:
      'The store cannot be used; the message begins with the class. Where the cause may pass, Ready is Unknown. It is tried again, and at once when what it refers to changes.',
    remedy: 'See the message.',
  },
  UnsupportedProvider: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The provider is not Vault, OpenBao or AWS.',
    remedy: 'Serve this store with another controller.',
  },
  Provisioned: {
    ready: 'True',
    beside: 'none',
    meaning: 'Every matching namespace has its ExternalSecret.',
    remedy: 'Nothing to do.',
  },
  NamespacesFailed: {
    ready: 'False',
    beside: 'Reconciling',
    meaning: 'Some namespaces could not be given their ExternalSecret; status.failedNamespaces says which and why.',
    remedy: 'See status.failedNamespaces.',
  },
  Forbidden: {
    ready: 'False',
    beside: 'Reconciling',
    meaning: 'RBAC, a quota or an admission policy keeps the controller from writing. It is tried again.',
    remedy: 'Grant the controller the right that the message names, or change the policy.',
  },
  SecretLeaving: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning: 'The old Secret is being deleted, and a finalizer keeps it.',
    remedy: 'Remove its finalizer, if nobody else does: the Secret is made again when it is gone.',
  },
  Conflict: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning:
      'Someone else keeps changing or deleting the Secret. It is tried again, in the end once every ten seconds.',
    remedy: 'Find the other writer in the managedFields of the Secret.',
  },
  ApiUnavailable: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning: 'The API server did not answer, or asked for patience. It is tried again.',
    remedy: 'Nothing if it passes; else look at the API server.',
  },
  InternalError: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning: 'The controller met something it did not expect. It is tried again.',
    remedy: 'See the log of the controller, and report it.',
  },
  Paused: {
    ready: 'Unknown',
    beside: 'none',
    meaning: 'The object is paused by sealwright.dev/paused; this generation was not acted upon. Paused is True.',
    remedy: 'Remove the annotation.',
  },
} as const satisfies Record<string, ReasonText>;

/** A documented reason. */
export type Reason = keyof typeof reasons;

/** The remedy as the end of a message, where the error has no advice of its own. */
export function adviceOf(reason: Reason): string {
  const { remedy } = reasons[reason];
  return `${remedy.charAt(0).toLowerCase()}${remedy.slice(1).replace(/\.$/, '')}`;
}

/** Reasons of events that are no condition's. */
export const eventReasons = {
  Unsealed: 'The Secret was made or changed as the object asks.',
  Repaired: 'The Secret had been changed or deleted, and was put right.',
  Restarted: 'A workload of sealwright.dev/restart or rolloutRestartTargets was restarted, since values had changed.',
  RestartFailed:
    'A workload of sealwright.dev/restart or rolloutRestartTargets is not there, or the controller may not restart it.',
  Created: 'The Secret of an ExternalSecret or VaultStaticSecret was made.',
  Updated: 'The Secret of an ExternalSecret or VaultStaticSecret was changed as the stores and the spec ask.',
  Deleted:
    'The Secret of an ExternalSecret was deleted, since the stores have nothing any more or it is named otherwise now.',
  MissingProviderSecret: 'A store has no such key, which deletionPolicy Delete or Merge takes for empty.',
  Removed: 'The Secret was removed, --deletion-grace after its object. The event is about the Secret.',
  DeletionHeld:
    'The Secret is kept, since too many objects went at once; the message says how to let it go. The event is about the Secret.',
  Recreated: 'The Secret was deleted and made again, since its type or immutability cannot be changed in place.',
} as const;
