// From a SealedSecret to its values, and from values to the Secret. Templates are rendered by the caller, in between.

import { base64Encode } from '../encoding/base64.ts';
import { concat, utf8Text } from '../encoding/bytes.ts';
import { sha256 } from '../encoding/digest.ts';
import { hexEncode } from '../encoding/hex.ts';
import { FormatError, isSealError, messageOf, OpenError } from '../errors.ts';
import { type ObjectMeta, objectKey, type SealedSecret, type Secret } from '../kube/objects.ts';
