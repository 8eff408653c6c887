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
    meaning: 'A template in spec.template.data cannot be rendered.',
    remedy: 'Correct the template at the named item and line.',
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
    remedy: 'Choose another spec.template.type, or list the type in --allowed-secret-types.',
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
    remedy: 'Leave spec.template.type out.',
  },
  ImmutableSecret: {
    ready: 'False',
    beside: 'Stalled',
    meaning: 'The Secret to merge into is immutable.',
    remedy: 'Delete it, or take its patch annotation away.',
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
  Forbidden: {
    ready: 'False',
    beside: 'Reconciling',
    meaning: 'RBAC, a quota or an admission policy keeps the controller from writing. It is tried again.',
    remedy: 'See the message: grant the controller the named right, or change the policy.',
  },
  SecretLeaving: {
    ready: 'Unknown',
    beside: 'Reconciling',
    meaning: 'The old Secret is being deleted, and a finalizer keeps it.',
    remedy: 'Nothing, or remove the finalizer: the Secret is made again when it is gone.',
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
    remedy: 'Nothing, if it passes; else look at the API server.',
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

/** Reasons of events that are no condition's. */
export const eventReasons = {
  Unsealed: 'The Secret was made or changed as the object asks.',
  Repaired: 'The Secret had been changed or deleted, and was put right.',
  Restarted: 'A workload of sealwright.dev/restart was restarted, since values had changed.',
  RestartFailed: 'A workload of sealwright.dev/restart is not there, or the controller may not restart it.',
  Removed: 'The Secret was removed, --deletion-grace after its object. The event is about the Secret.',
  DeletionHeld:
    'The Secret is kept, since too many objects went at once; the message says how to let it go. The event is about the Secret.',
  Recreated: 'The Secret was deleted and made again, since its type or immutability cannot be changed in place.',
} as const;
