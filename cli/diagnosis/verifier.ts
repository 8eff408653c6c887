// The controller that can be asked whether values open, where there is one and the caller may ask it.

import { SealingClient } from '../../keys/sealing-client.ts';
import { defaultController, findController } from '../../keys/sealing-controller.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { isApiError } from '../../src/kube/errors.ts';
import type { Verify } from './probes.ts';

/** `verify` undefined: none is found. `foundIn`: its namespace, or where it usually is. Throws `ApiError` where no server answers. */
export async function verifierOf(
  api: KubeApi,
  choice: { namespace?: string | undefined; name?: string | undefined },
): Promise<{ verify: Verify | undefined; foundIn: string }> {
  try {
    const controller = await findController(api, choice);
    const client = new SealingClient(api, controller);
    return { verify: (tried) => client.verify(tried), foundIn: controller.namespace };
  } catch (error) {
    if (isApiError(error) && error.status === 0) throw error;
    return { verify: undefined, foundIn: choice.namespace ?? defaultController.namespace };
  }
}
