// What `--help` prints, laid out from a command's description.

import type { OptionSpec, OptionSpecs } from './options.ts';

/** A command line that works, and what it is good for. */
export interface Example {
  does: string;
  run: string;
}

/** What people are told about a command. */
export interface Described {
  /** Word after `seal`. */
  name: string;
  /** One line. */
  summary: string;
  /** Paragraphs that `--help` shows above the options. Default: the summary. */
  description?: string;
  /** Positional arguments: `[file...]`, or `[folder]` for at most one. Default: none are taken. */
  arguments?: { name: string; help: string };
  examples: readonly Example[];
}

/** The help of one command, at most `columns` wide. */
export function helpOf({ spec, options }: { spec: Described; options: OptionSpecs }, columns = 80): string {
  const width = Math.max(40, Math.min(columns, 100));
  const shown = Object.values(options).filter(({ hidden }) => !hidden);
  const rows = [
    ...shown.map((option) => [flagsOf(option), describe(option)] as const),
    ['-h, --help', 'show this help'] as const,
  ];
  const sections = [
    `Usage: ${usageOf(spec)}`,
    flowed(spec.description ?? spec.summary, width),
    ...(spec.arguments
      ? [`Arguments:\n${table([[spec.arguments.name.replace(/[<>[\].]/g, ''), spec.arguments.help]], width)}`]
      : []),
    `Options:\n${table(rows, width)}`,
    ...(spec.examples.length > 0 ? [`Examples:\n${spec.examples.map(exampleOf).join('\n\n')}`] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** `seal [options] [file...]`. */
export function usageOf(spec: Described): string {
  const name = spec.name === 'seal' ? 'seal' : `seal ${spec.name}`;
  return `${name} [options]${spec.arguments ? ` ${spec.arguments.name}` : ''}`;
}

/** An option's help with the words it takes. */
export function describe({ help, choices }: OptionSpec): string {
  return choices ? `${help} (${choices.filter((word) => word !== '').join(', ')})` : help;
}

// Long names stand in one column, whether or not there is a short one.
function flagsOf({ flags }: OptionSpec): string {
  return flags.startsWith('--') ? `    ${flags}` : flags;
}

function exampleOf({ does, run }: Example): string {
  return [`  # ${does}`, ...run.split('\n').map((line) => `  ${line}`)].join('\n');
}

function table(rows: readonly (readonly [string, string])[], width: number): string {
  const left = Math.min(34, Math.max(...rows.map(([name]) => name.length)));
  const lines = rows.flatMap(([name, help]) => {
    const [first = '', ...rest] = wrap(help, width - left - 4);
    const head =
      name.length > left ? [`  ${name}`, `  ${' '.repeat(left)}  ${first}`] : [`  ${name.padEnd(left)}  ${first}`];
    return [...head, ...rest.map((line) => `  ${' '.repeat(left)}  ${line}`)];
  });
  return lines.join('\n');
}

// Lines of a source file are wider than a terminal: within a sentence they are joined. What is indented stays as it is.
function flowed(text: string, width: number): string {
  return text
    .replace(/(?<=[^.:\n])\n(?=[^\s])/g, ' ')
    .split('\n')
    .flatMap((line) => (line.startsWith(' ') ? [line] : wrap(line, width)))
    .join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
