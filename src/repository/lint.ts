// The shape of a lint, shared by the rules.

/** One warning. */
export interface Lint {
  /** `TRAILING_NEWLINE`, `BASE64_TWICE`, `PLACEHOLDER`, `WRONG_KEYS`, `UNPARSABLE`, `NEVER_SEALED`, `NO_NAMESPACE`, `LARGE`: stable. */
  code: string;
  /** One lower-case phrase that names the item and never shows its value. */
  message: string;
  /** The item, where it is about one. */
  item?: string;
}
