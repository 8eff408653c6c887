// Answers: errors as JSON with a code, and the small table of routes.

/** Answers one request. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** Path → method → handler. HEAD is answered as GET without a body. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** An error as every endpoint gives it: `{"error":{"code":"…","message":"…"}}`. */
export function errorResponse(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ error: { code, message } }, { status, headers: { 'cache-control': 'no-store', ...headers } });
}

/** Plain text. */
export function textResponse(body: string, { status = 200, type = 'text/plain; charset=utf-8' } = {}): Response {
  return new Response(body, { status, headers: { 'content-type': type, 'cache-control': 'no-store' } });
}

/** Told how each request to a path of the table was answered. */
export type OnAnswer = (path: string, status: number) => void;

/** The handler of `routes`: 404 for other paths, 405 for other methods, 500 without a word about the cause. */
export function routed(routes: Routes, onError: (error: unknown) => void, onAnswer: OnAnswer = () => {}): Handler {
  return async (request) => {
    const { pathname } = new URL(request.url);
    const methods = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!methods) return errorResponse(404, 'NOT_FOUND', 'there is nothing at this path');
    const response = await answered(request, methods, onError);
    onAnswer(pathname, response.status);
    return response;
  };
}

async function answered(
  request: Request,
  methods: Readonly<Record<string, Handler>>,
  onError: (error: unknown) => void,
): Promise<Response> {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!handler) {
    const allow = Object.keys(methods).join(', ');
    return errorResponse(405, 'METHOD_NOT_ALLOWED', `use ${allow} here`, { allow });
  }
  try {
    return await handler(request);
  } catch (error) {
    onError(error);
    return errorResponse(500, 'INTERNAL', 'the controller could not answer; its log says why');
  }
}
