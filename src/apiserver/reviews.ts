// Resources that are asked and never stored: who am I, may I, is this token good, and a token for a service account.

import { Access, type Attributes, type PolicyRule } from './access.ts';
import type { Cluster } from './cluster.ts';
import { isObject, type JsonObject, objectOr } from './json.ts';
import type { ApiRequest, Caller, Target } from './request.ts';
import { bodyTypes, decodeBody } from './request.ts';
import { cause, refuse } from './status.ts';
import { defaultAudience, type Tokens } from './tokens.ts';

const minTokenSeconds = 600;
const maxTokenSeconds = 2 ** 32;
const defaultTokenSeconds = 3600;

/** Answers a POST on one of the review resources. */
export function review(
  cluster: Cluster,
  tokens: Tokens,
  caller: Caller,
  target: Target,
  request: ApiRequest,
): JsonObject {
  const body = objectOr(decodeBody(request, bodyTypes));
  const spec = objectOr(body.spec);
  const access = new Access(cluster.store);
  const answer = (kind: string, status: JsonObject, withSpec: JsonObject = {}) => ({
    kind,
    apiVersion: `${target.group}/v1`,
    metadata: { creationTimestamp: cluster.time() },
    ...(Object.keys(withSpec).length > 0 ? { spec: withSpec } : {}),
    status,
  });
  switch (target.plural) {
    case 'selfsubjectreviews':
      return answer('SelfSubjectReview', { userInfo: caller });
    case 'tokenreviews':
      return answer('TokenReview', tokenStatus(tokens, spec), spec);
    case 'selfsubjectaccessreviews':
      return answer('SelfSubjectAccessReview', { allowed: access.may(caller, attributesOf(spec)) }, spec);
    default:
      return answer('SelfSubjectRulesReview', rulesStatus(access.rules(caller, String(spec.namespace ?? ''))), spec);
  }
}

function tokenStatus(tokens: Tokens, { token, audiences }: JsonObject): JsonObject {
  const wanted = Array.isArray(audiences) && audiences.length > 0 ? audiences.map(String) : [defaultAudience];
  for (const audience of wanted) {
    const user = tokens.callerOf(String(token ?? ''), audience);
    if (user) return { authenticated: true, user, audiences: [audience] };
  }
  return { authenticated: false, user: {}, error: 'the token is not valid for the audiences asked for' };
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: JsonObject): Attributes {
  if (isObject(nonResourceAttributes)) {
    return { verb: String(nonResourceAttributes.verb ?? ''), path: String(nonResourceAttributes.path ?? '') };
  }
  const { verb, group, resource, subresource, namespace, name } = objectOr(resourceAttributes) as Record<
    string,
    string
  >;
  return { verb: verb ?? '', group: group ?? '', resource: resource ?? '', subresource, namespace, name };
}

function rulesStatus(rules: readonly PolicyRule[]): JsonObject {
  return {
    resourceRules: rules.filter(({ resources }) => resources),
    nonResourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs),
    incomplete: false,
  };
}

/** POST on `serviceaccounts/NAME/token`: authentication.k8s.io/v1 TokenRequest. */
export function requestToken(cluster: Cluster, tokens: Tokens, target: Target, request: ApiRequest): JsonObject {
  const { namespace, name = '' } = target;
  const account = cluster.store.get('/serviceaccounts', namespace, name);
  if (!account) throw refuse.notFound({ group: '', plural: 'serviceaccounts' }, name);
  const body = objectOr(request.body.length > 0 ? decodeBody(request, bodyTypes) : {});
  const spec = objectOr(body.spec);
  const seconds = Number(spec.expirationSeconds ?? defaultTokenSeconds);
  const wrong =
    seconds < minTokenSeconds
      ? 'may not specify a duration less than 10 minutes'
      : seconds > maxTokenSeconds
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined;
  if (wrong) {
    const causes = [cause.invalid('spec.expirationSeconds', seconds, wrong)];
    throw refuse.invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', causes);
  }
  if (spec.boundObjectRef) throw refuse.notImplemented('tokens bound to other objects');
  const audiences =
    Array.isArray(spec.audiences) && spec.audiences.length > 0 ? spec.audiences.map(String) : [defaultAudience];
  const { token, expires } = tokens.issue(account, seconds, audiences);
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: cluster.time() },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
    status: { token, expirationTimestamp: expires.toISOString().replace(/\.\d+Z$/, 'Z') },
  };
}
