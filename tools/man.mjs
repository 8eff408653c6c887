// Manual pages, from the table that `--help` reads: seal(1), and seal-COMMAND(1) for each command.

/** What troff takes for its own: backslashes, dashes that are to be typed, and a dot or a quote that begins a line. */
const text = (words) =>
  words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&');
const bold = (words) => `\\fB${text(words)}\\fR`;
const quoted = (words) => `"${words.replaceAll('"', '\\(dq')}"`;

function head(title, { version }) {
  // Without a date: the same source makes the same page.
  return `.\\" Written by \`node tools/docs.mjs\` from the table that \`\\-\\-help\` reads.\n.TH ${quoted(title.toUpperCase())} 1 "" ${quoted(`sealwright ${version}`)} "Sealwright"`;
}

const section = (name, ...lines) => [`.SH ${name}`, ...lines];
const example = ({ does, run }) => [
  '.PP',
  `${text(does[0].toUpperCase() + does.slice(1))}:`,
  '.PP',
  '.RS 4',
  '.nf',
  text(run),
  '.fi',
  '.RE',
];

function page({ spec, options }, parts) {
  const title = spec.name === 'seal' ? 'seal-seal' : `seal-${spec.name}`;
  const prefix = spec.environment?.prefixes[0] ?? 'SEALWRIGHT_';
  const shown = Object.values(options).filter(({ hidden }) => !hidden);
  const rows = shown.flatMap((option) => {
    const variable = parts.variableOf(option, prefix);
    return ['.TP', bold(option.flags), `${text(parts.describe(option))}.`, '.br', `Variable: ${text(variable)}`];
  });
  return [
    head(title, parts),
    ...section('NAME', `${text(title)} \\- ${text(spec.summary)}`),
    ...section('SYNOPSIS', bold(parts.usageOf(spec))),
    ...section('DESCRIPTION', ...paragraphs(spec.description ?? spec.summary)),
    ...(spec.arguments ? section('ARGUMENTS', '.TP', bold(spec.arguments.name), `${text(spec.arguments.help)}.`) : []),
    ...section('OPTIONS', ...rows, '.TP', bold('-h, --help'), 'Show this help.'),
    ...section('EXAMPLES', ...spec.examples.flatMap(example)),
    ...section('SEE ALSO', `${bold('seal')}(1)`),
    '',
  ].join('\n');
}

const paragraphs = (words) =>
  words
    .split('\n')
    .flatMap((line) => ['.PP', text(line)])
    .slice(1);

function overviewPage(parts) {
  const rows = [...parts.commands].flatMap(([name, { spec }]) => [
    '.TP',
    `${bold(`seal-${name}`)}(1)`,
    `${text(spec.summary)}.`,
  ]);
  const codes = [
    '0',
    'done',
    '1',
    'failed',
    '2',
    'wrong usage',
    '3',
    'a check found something',
    '4',
    'cluster unreachable or access denied',
    '130',
    'interrupted',
  ];
  return [
    head('seal', parts),
    ...section('NAME', 'seal \\- seal Kubernetes Secrets so that they can be kept in Git'),
    ...section('SYNOPSIS', bold('seal [options] [file...]'), '.br', bold('seal <command> [options]')),
    ...section(
      'DESCRIPTION',
      'Only the cluster can open what is sealed. Standard output carries the result and nothing else; warnings, hints and progress go to standard error. Without a command,',
      `${bold('seal-seal')}(1)`,
      'is meant.',
    ),
    ...section('COMMANDS', ...rows),
    ...section(
      'EXIT STATUS',
      ...codes.flatMap((word, index) => (index % 2 === 0 ? ['.TP', bold(word)] : [`${text(word)}.`])),
    ),
    ...section(
      'ENVIRONMENT',
      'Every option can be set by the variable that its page names; the command line wins.',
      '.B NO_COLOR',
      'turns colour off.',
    ),
    ...section(
      'FILES',
      '.TP',
      bold('.sealwright.yaml'),
      'Clusters, their certificates, and rules for paths; looked for from the file upwards.',
    ),
    '',
  ].join('\n');
}

/** File name → page. `parts` is what tools/docs.mjs loads, with the version. */
export function manPages(parts) {
  const pages = [...parts.commands].map(([name, command]) => [`seal-${name}.1`, page(command, parts)]);
  return new Map([['seal.1', overviewPage(parts)], ...pages]);
}
