// Answers: errors as JSON with a code, and the small table of routes.

/** What a handler is told of a request. Plain: the platform's Request and Response bring its HTTP client with them, 10 MB of it. */
export interface HttpRequest {
  method: string;
  /** Without the query. */
  path: string;
  body: Uint8Array;
}

/** What it answers. */
export interface HttpResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Answers one request. */
export type Handler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** Path → method → handler. HEAD is answered as GET without a body. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** An error as every endpoint gives it: `{"error":{"code":"…","message":"…"}}`. */
export function errorResponse(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): HttpResponse {
  return jsonResponse({ error: { code, message } }, { status, headers });
}

/** A JSON document. */
export function jsonResponse(document: unknown, { status = 200, headers = {} } = {}): HttpResponse {
  return textResponse(JSON.stringify(document), { status, type: 'application/json', headers });
}

/** Plain text. */
export function textResponse(
  body: string,
  { status = 200, type = 'text/plain; charset=utf-8', headers = {} } = {},
): HttpResponse {
  return { status, headers: { 'content-type': type, 'cache-control': 'no-store', ...headers }, body };
}

/** Told how each request to a path of the table was answered. */
export type OnAnswer = (path: string, status: number) => void;

/** The handler of `routes`: 404 for other paths, 405 for other methods, 500 without a word about the cause. */
export function routed(routes: Routes, onError: (error: unknown) => void, onAnswer: OnAnswer = () => {}): Handler {
  return async (request) => {
    const { path } = request;
    const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (!methods) return errorResponse(404, 'NOT_FOUND', 'there is nothing at this path');
    const response = await answered(request, methods, onError);
    onAnswer(path, response.status);
    return response;
  };
}

async function answered(
  request: HttpRequest,
  methods: Readonly<Record<string, Handler>>,
  onError: (error: unknown) => void,
): Promise<HttpResponse> {
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
