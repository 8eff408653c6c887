// Arguments and environment variables as options: what is taken, and what is refused with which words.

import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../cli/arguments.ts';
import { withEnvironment } from '../../cli/environment.ts';
import { choice, flag, list, text } from '../../cli/options.ts';

const options = {
  inPlace: flag('-i, --in-place', ''),
  output: choice('-o, --output <format>', ['yaml', 'json'], ''),
  name: text('--name <name>', ''),
  key: list('--private-key <file>', ''),
  record: flag('--no-record', ''),
};

describe('the command line', () => {
  test.each([
    [['--name', 'db'], { name: 'db' }],
    [['--name=db'], { name: 'db' }],
    [['--name='], { name: '' }],
    [['--name', '--odd'], { name: '--odd' }],
    [['--name', 'a', '--name', 'b'], { name: 'b' }],
    [['-o', 'yaml'], { output: 'yaml' }],
    [['-oyaml'], { output: 'yaml' }],
    [['-o=yaml'], { output: 'yaml' }],
    [['-ioyaml'], { inPlace: true, output: 'yaml' }],
    [['--in-place=false'], { inPlace: false }],
    [['--in-place=true'], { inPlace: true }],
    [['--no-record'], { record: false }],
    [['--no-record=false'], { record: true }],
    [['--private-key', 'a', '--private-key=b'], { key: ['a', 'b'] }],
  ])('%j is understood', (argv, given) => {
    expect(parseArguments(argv, options)).toEqual({ given, positionals: [] });
  });

  test.each([['-v'], ['-v6'], ['--v=6'], ['--verbose']])('%s of other tools is refused with what is there', (word) => {
    expect(() => parseArguments([word], options)).toThrow(
      expect.objectContaining({
        message: `there is no option ${word.replace(/=?6$/, '')}`,
        hints: ['seal --version tells the version', '--debug shows where an error was thrown'],
      }),
    );
  });

  test.each([
    ['--dry-run', flag('--check', '')],
    ['--check', flag('--dry-run', '')],
  ])('%s is known by its other word', (word, option) => {
    const { flags: meant } = option;
    expect(() => parseArguments([word], { option })).toThrow(
      expect.objectContaining({ hints: [`did you mean ${meant}?`] }),
    );
  });

  test('options and words stand in any order, and all is words after --', () => {
    const { given, positionals } = parseArguments(['a.yaml', '-i', '-', '--', '--name', '-o'], options);
    expect(given).toEqual({ inPlace: true });
    expect(positionals).toEqual(['a.yaml', '-', '--name', '-o']);
  });

  test.each([
    [['--nam', 'x'], 'there is no option --nam', 'did you mean --name?'],
    [['--private_key=s3cret'], 'there is no option --private_key', 'did you mean --private-key?'],
    [['-x'], 'there is no option -x', '--help shows the options'],
    [['--name'], '--name needs a value: --name <name>', '--help shows the options'],
    [['-o'], '-o needs a value: -o, --output <format>', '--help shows the options'],
    [['--in-place=maybe'], '--in-place is on or off', '--in-place=true or --in-place=false'],
  ])('%j is refused with advice and without the value', (argv, message, hint) => {
    expect(() => parseArguments(argv, options)).toThrow(
      expect.objectContaining({ message, hints: [hint], outcome: 'usage' }),
    );
  });
});

describe('the environment', () => {
  const read = (given: Record<string, unknown>, env: Record<string, string>) =>
    withEnvironment(given, { options, env });

  test('fills in what the command line leaves out', () => {
    const env = {
      SEALWRIGHT_NAME: 'db',
      SEALWRIGHT_IN_PLACE: 'yes',
      SEALWRIGHT_NO_RECORD: '1',
      SEALWRIGHT_PRIVATE_KEY: 'a,b',
      SEALWRIGHT_OUTPUT: 'JSON',
    };
    expect(read({}, env)).toEqual({ name: 'db', inPlace: true, record: false, key: ['a', 'b'], output: 'json' });
    expect(read({ name: 'x', inPlace: false, key: ['c'] }, env)).toMatchObject({
      name: 'x',
      inPlace: false,
      key: ['c'],
    });
  });

  test('says nothing when it is empty', () => {
    const standard = { name: undefined, inPlace: false, record: true, key: [], output: undefined };
    expect(read({}, { SEALWRIGHT_NAME: '', SEALWRIGHT_IN_PLACE: '' })).toEqual(standard);
  });

  test('as the reference reads it: bad values count for nothing and lists add up', () => {
    const style = { prefixes: ['SEALED_SECRETS_', 'SEALWRIGHT_'], asReference: true };
    const env = {
      SEALED_SECRETS_IN_PLACE: 'perhaps',
      SEALED_SECRETS_PRIVATE_KEY: 'a',
      SEALED_SECRETS_NAME: 'theirs',
      SEALWRIGHT_NAME: 'ours',
    };
    expect(withEnvironment({ key: ['b'] }, { options, env, style })).toMatchObject({
      inPlace: false,
      key: ['a', 'b'],
      name: 'theirs',
    });
  });

  test('an option that means something else elsewhere is set by the first prefix alone', () => {
    const style = { prefixes: ['SEALED_SECRETS_', 'SEALWRIGHT_'], asReference: true, own: ['name'] };
    expect(withEnvironment({}, { options, env: { SEALWRIGHT_NAME: 'ours' }, style }).name).toBeUndefined();
    expect(withEnvironment({}, { options, env: { SEALED_SECRETS_NAME: 'theirs' }, style }).name).toBe('theirs');
  });
});
