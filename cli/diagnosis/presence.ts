// Cases about whether the object is there, and whether anybody looks at it.

import type { Condition } from '../../src/kube/objects.ts';
import { objectAnnotations } from '../../src/kube/secret-rules.ts';
import { shellWord } from '../../src/shell-words.ts';
import { valueAt } from '../kinds.ts';
import { type Case, type Facts, there } from './facts.ts';
import { addressed, applying, asking, called, kubectl, noted } from './words.ts';

const { controllerClass: classAnnotation, paused: pausedAnnotation } = objectAnnotations;

const annotation = (facts: Facts, name: string) => there(facts)?.object.metadata.annotations?.[name];

/** Nobody has looked at this generation. */
const isIgnored = (facts: Facts) => there(facts)?.readiness.isCurrent === false;

const setting = ({ controller }: Facts, name: string) => controller?.settings.get(name) ?? [];
const deployment = ({ controller }: Facts) => `Deployment ${controller?.name ?? 'of the controller'}`;

// As in --kinds.
const families: Readonly<Record<string, string>> = {
  'bitnami.com': 'sealedsecrets',
  'external-secrets.io': 'externalsecrets',
  'secrets.hashicorp.com': 'vaultstaticsecrets',
};
const familyOf = (facts: Facts) => families[there(facts)?.object.apiVersion.split('/')[0] ?? ''];

/** In the order in which they are tried. */
export const presenceCases: readonly Case[] = [
  {
    code: 'NotInstalled',
    title: 'The cluster does not know the kind',
    told: 'The API server has no such resource.',
    mends: 'Install the definitions of `deploy/crds`.',
    find: (facts) =>
      facts.live?.is === 'uninstalled'
        ? {
            what: `the cluster knows no ${facts.kind}`,
            cause: 'the definition of the kind is not installed',
            mend: kubectl(facts, `apply -f deploy/crds/${facts.kind.toLowerCase()}s.yaml`),
          }
        : undefined,
  },
  {
    code: 'NotThere',
    title: 'There is no such object',
    told: 'The namespace has none of that name; others may.',
    mends: 'Apply the manifest, or name the namespace.',
    find(facts) {
      const { live, file } = facts;
      if (live?.is !== 'absent') return undefined;
      const [other] = live.elsewhere;
      const near = live.nearest === undefined ? undefined : addressed({ ...facts, name: live.nearest });
      return {
        what: `there is no ${called(facts)} in the cluster`,
        cause:
          other !== undefined
            ? `one of that name is in namespace ${live.elsewhere.slice(0, 5).join(', ')}`
            : file
              ? `${file.path} was not applied to this cluster, or was taken away again`
              : 'it was never applied, or was deleted',
        mend: file
          ? applying(facts)
          : other !== undefined || near !== undefined
            ? asking(facts, `why ${other !== undefined ? addressed({ ...facts, namespace: other }) : near}`)
            : noted('seal why FILE', `the manifest of ${facts.name}`),
      };
    },
  },
  {
    code: 'NotApplied',
    title: 'The cluster has another version than the file',
    told: 'Spec, or annotations that decide something, are others in the cluster.',
    mends: 'Apply the file, or wait for the GitOps engine.',
    find(facts) {
      const { file } = facts;
      if (file?.isApplied !== false) return undefined;
      return {
        what: `${called(facts)} in the cluster is not what ${file.path}:${file.line} says`,
        cause: 'the file was not applied since it changed, or somebody changed the object in the cluster',
        mend: applying(facts),
      };
    },
  },
  {
    code: 'Leaving',
    title: 'The object is being deleted',
    told: 'It has a deletionTimestamp, and finalizers that keep it.',
    mends: 'Let their owner run, or take the finalizers away.',
    find(facts) {
      const { deletionTimestamp, finalizers = [] } = there(facts)?.object.metadata ?? {};
      if (!deletionTimestamp) return undefined;
      return {
        what: `${called(facts)} is being deleted since ${deletionTimestamp}`,
        cause: finalizers.length > 0 ? `finalizers keep it: ${finalizers.join(', ')}` : 'the API server is at it',
        mend:
          finalizers.length > 0
            ? noted(
                kubectl(facts, `patch ${addressed(facts)} --type merge -p '{"metadata":{"finalizers":null}}'`),
                'if their controller is gone',
              )
            : 'wait',
      };
    },
  },
  {
    code: 'Paused',
    title: 'The object is paused',
    told: `The annotation \`${pausedAnnotation}\` is \`"true"\`.`,
    mends: 'Remove the annotation.',
    find: (facts) =>
      annotation(facts, pausedAnnotation) === 'true'
        ? {
            what: `${called(facts)} is paused: nothing that changes is acted upon`,
            cause: `its annotation ${pausedAnnotation} says so`,
            mend: noted(
              kubectl(facts, `annotate ${addressed(facts)} ${pausedAnnotation}-`),
              'and take it out of the manifest',
            ),
          }
        : undefined,
  },
  {
    code: 'OtherClass',
    title: 'The object is for another controller',
    told: 'Nobody has looked at it, and it is of a class that the controller that is found does not serve; or none is found that does.',
    mends: 'Run a controller of that class, or change the annotation.',
    find(facts) {
      const wanted = annotation(facts, classAnnotation) ?? '';
      const [served = ''] = setting(facts, 'controller-class');
      if (!isIgnored(facts)) return undefined;
      // One that runs outside of the cluster has no Deployment, and serves objects without a class all the same.
      const isHidden = facts.controller?.name === undefined && wanted !== '';
      if (!isHidden && (!facts.controller?.isOurs || wanted === served)) return undefined;
      return {
        what: `no controller looks at ${called(facts)}`,
        cause: isHidden
          ? `it is of class "${wanted}", and no controller of that class is found`
          : `it is of class "${wanted}", and ${deployment(facts)} serves ${served === '' ? 'objects without a class' : `class "${served}"`}`,
        mend:
          served === ''
            ? noted(
                kubectl(facts, `annotate ${addressed(facts)} ${classAnnotation}-`),
                `or run a controller with --controller-class ${shellWord(wanted)}`,
              )
            : kubectl(facts, `annotate ${addressed(facts)} ${shellWord(`${classAnnotation}=${served}`)} --overwrite`),
      };
    },
  },
  {
    code: 'KindNotServed',
    title: 'The controller does not serve the kind',
    told: 'Nobody has looked at it, and `--kinds` of the controller leaves its family out.',
    mends: 'Add the family to `--kinds`, with its rights.',
    find(facts) {
      const family = familyOf(facts);
      const kinds = facts.controller?.settings.has('kinds') ? setting(facts, 'kinds') : ['sealedsecrets'];
      if (!isIgnored(facts) || !facts.controller?.isOurs || family === undefined || kinds.includes(family))
        return undefined;
      return {
        what: `no controller looks at ${called(facts)}`,
        cause: `${deployment(facts)} serves ${kinds.join(', ')} only`,
        mend: `run it with --kinds ${shellWord([...kinds, family].join(','))}, and apply deploy/rbac for them`,
      };
    },
  },
  {
    code: 'NamespaceNotServed',
    title: 'The controller does not serve the namespace',
    told: 'Nobody has looked at it, and `--namespace` of the controller names others.',
    mends: 'Add the namespace to `--namespace`, with its rights.',
    find(facts) {
      const namespaces = setting(facts, 'namespace');
      const { namespace } = facts;
      if (!isIgnored(facts) || namespaces.length === 0 || namespaces.includes(namespace ?? '')) return undefined;
      return {
        what: `no controller looks at ${called(facts)}`,
        cause: `${deployment(facts)} serves ${namespaces.length === 1 ? 'namespace' : 'namespaces'} ${namespaces.join(', ')} only`,
        mend:
          namespace === undefined
            ? 'run it without --namespace: kinds without a namespace are served then alone'
            : `run it with --namespace ${shellWord(namespace)} as well, and give it the rights of deploy/rbac/namespaced.yaml there`,
      };
    },
  },
  {
    code: 'NotSelected',
    title: 'The controller serves objects with other labels',
    told: 'Nobody has looked at it, and `--selector` of the controller does not match its labels.',
    mends: 'Label the object.',
    find(facts) {
      const [selector = ''] = setting(facts, 'selector');
      if (!isIgnored(facts) || selector === '' || facts.controller?.isSelected !== false) return undefined;
      return {
        what: `no controller looks at ${called(facts)}`,
        cause: `${deployment(facts)} serves objects with ${selector} only`,
        mend: 'write these labels into the manifest',
      };
    },
  },
  {
    code: 'ControllerDown',
    title: 'The controller does not run',
    told: 'No Pod of the controller is ready, or nobody has looked at it and there is no Deployment of a controller.',
    mends: 'Start the controller.',
    find(facts) {
      const { controller } = facts;
      if (!controller || (controller.name === undefined ? !isIgnored(facts) : controller.ready !== 0)) return undefined;
      const [namespace, name] = (controller.name ?? '').split('/');
      return {
        what: isIgnored(facts)
          ? `nobody has looked at ${called(facts)} as it is now`
          : `nobody looks at ${called(facts)} any more: changes of it, and of its Secret, are not acted upon`,
        cause:
          controller.name === undefined
            ? 'no controller is found in the cluster'
            : `no Pod of ${deployment(facts)} is ready`,
        mend:
          controller.name === undefined
            ? kubectl(facts, 'apply -k deploy')
            : noted(kubectl(facts, `logs -n ${namespace} deployment/${name}`), 'and mend what it says'),
      };
    },
  },
  {
    code: 'NotObserved',
    title: 'Nobody has looked at the object yet',
    told: 'What its status says is about an earlier generation, or there is no status.',
    mends: 'Wait; then look at the controller.',
    find(facts) {
      if (!isIgnored(facts)) return undefined;
      const { object } = there(facts) ?? {};
      const { generation } = object?.metadata ?? {};
      const conditions = (object && valueAt(object, 'status', 'conditions')) as Condition[] | undefined;
      const hasStatus = Array.isArray(conditions) && conditions.length > 0;
      return {
        what: `nobody has looked at ${called(facts)} as it is now`,
        cause: hasStatus ? `its status is about a generation before ${generation}` : 'it has no status',
        mend: noted(asking(facts, `wait ${addressed(facts)}`), 'if that takes long, see the log of the controller'),
      };
    },
  },
];
