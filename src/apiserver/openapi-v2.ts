// The OpenAPI v2 document, as far as kubectl needs it beside v3: for a `kind: List` and for kinds that are not served it
// looks here whether Namespaces are validated by the server (kubectl pkg/util/openapi; gnostic openapiv2/OpenAPIv2.proto).

/** What kubectl asks for. */
export const openApiV2Accepted = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** What it is answered with. */
export const openApiV2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** `GET /openapi/v2` in protobuf. */
export function openApiV2Document(): Uint8Array {
  const identity = '{"group":"","kind":"Namespace","version":"v1"}';
  const extension = message(text(1, 'x-kubernetes-group-version-kind'), field(2, text(2, identity)));
  // Parameter, NonBodyParameter, QueryParameterSubSchema.
  const parameter = field(1, field(2, field(3, message(text(2, 'query'), text(4, 'fieldValidation')))));
  const patch = message(field(8, parameter), field(13, extension));
  const path = message(text(1, '/api/v1/namespaces/{name}'), field(2, field(8, patch)));
  const info = message(text(1, 'Kubernetes'), text(2, 'v1.36.0'));
  return message(text(1, '2.0'), field(2, info), field(8, field(2, path)));
}

function message(...fields: Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

function text(number: number, value: string): Uint8Array {
  return field(number, Buffer.from(value));
}

/** A length-delimited field. */
function field(number: number, value: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = value.length;
  for (; rest > 0x7f; rest >>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, rest]), value]);
}
