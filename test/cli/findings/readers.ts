// What reads our reports elsewhere: the published schemas, and the parser of GitHub's workflow commands.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

/** A schema of `test/vectors/formats`. It is of draft 4, whose only difference here is how the schema is named. */
export function schemaOf(name: string): ValidateFunction {
  const path = join(import.meta.dirname, '../../vectors/formats', name);
  const { $schema: _schema, id: _id, ...schema } = JSON.parse(readFileSync(path, 'utf8'));
  const isReference = (text: string) => /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/.test(text);
  const formats = {
    uri: (text: string) => isReference(text) && URL.canParse(text),
    'uri-reference': (text: string) => isReference(text) && URL.canParse(text, 'https://example.com/'),
    'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
  };
  return new Ajv({ strict: false, allErrors: true, formats }).compile(schema);
}

/** A workflow command as GitHub's runner reads it. */
export function parseCommand(line: string) {
  // actions/runner src/Runner.Common/ActionCommand.cs: the second `::` ends the properties, which commas part.
  const [, command = '', properties = '', data = ''] = /^::([a-z]+) (.*?)::(.*)$/s.exec(line) ?? [];
  const plainText = (text: string) =>
    text
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  const pairs = properties.split(',').map((pair) => {
    const [name = '', value = '', ...rest] = pair.split('=');
    return [name, plainText([value, ...rest].join('='))];
  });
  return { command, ...Object.fromEntries(pairs), data: plainText(data) };
}
