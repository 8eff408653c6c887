// Which workloads `sealwright.dev/restart` names, and the patch for each kind of them.

import { describe, expect, it } from 'vitest';
import { lastRestart, parseTargets, restartOf, type Target } from '../../../controller/restarts/targets.ts';
import { resources } from '../../../src/kube/resources.ts';

const rollout: Target = { resource: resources.rollout, name: 'web' };
const deployment: Target = { resource: resources.deployment, name: 'api' };
const at = new Date('2026-01-01T00:00:00.250Z');

describe('the annotation sealwright.dev/restart', () => {
  it('names workloads, each once', () => {
    const { targets, wrong } = parseTargets('Deployment/api, StatefulSet/db,,Deployment/api,DaemonSet/log,Rollout/web');
    expect(targets.map(({ resource, name }) => `${resource.plural} ${name}`)).toEqual([
      'deployments api',
      'statefulsets db',
      'daemonsets log',
      'rollouts web',
    ]);
    expect(wrong).toEqual([]);
  });

  it.each([
    'Pod/x',
    'deployment/api',
    'Deployment',
    'Deployment/',
    'Deployment/a/b',
    'Deployment/../x',
    'Deployment/A',
  ])('%s names none', (text) => {
    expect(parseTargets(text)).toEqual({ targets: [], wrong: [text] });
  });
});

describe('a restart', () => {
  it('is one annotation of the pod template, at the version that was read', () => {
    const live = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'shop', resourceVersion: '7' } };
    const wanted = restartOf(deployment, live, at);
    expect(wanted).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'api', namespace: 'shop', resourceVersion: '7' },
      spec: { template: { metadata: { annotations: { 'sealwright.dev/restarted-at': '2026-01-01T00:00:00.250Z' } } } },
    });
    expect(lastRestart(deployment, wanted)).toEqual(at);
  });

  it('of a Rollout is a time in whole seconds, and not before the pods of this second', () => {
    const live = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { namespace: 'shop' } };
    expect(restartOf(rollout, live, at).spec).toEqual({ restartAt: '2026-01-01T00:00:01Z' });
  });

  it('never happened where there is no time', () => {
    const live = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: {} };
    expect(lastRestart(deployment, live)).toBeUndefined();
    expect(lastRestart(rollout, { ...live, spec: { restartAt: 'soon' } })).toBeUndefined();
  });
});
