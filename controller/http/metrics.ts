// `GET /metrics`, as Prometheus asks.

import type { Metrics } from '../metrics/metrics.ts';
import { type Handler, textResponse } from './respond.ts';

/** The registry in the text format. */
export function metricsHandler({ registry }: Pick<Metrics, 'registry'>): Handler {
  return async () => textResponse(await registry.metrics(), { type: registry.contentType });
}
