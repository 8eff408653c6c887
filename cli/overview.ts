// What `seal --help` prints: the commands, the way in, and where more is told.

import { commands } from './commands.ts';

/** The overview of all commands. */
export function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: seal [options] [file...]
       seal <command> [options]

Seals Kubernetes Secrets so that they can be kept in Git; only the cluster can open them.

Commands:
${rows.join('\n')}
  ${'help'.padEnd(width)}  show the options and examples of a command

Examples:
  # Seal what kubectl makes, without a plain Secret ever being a file
  kubectl create secret generic db --from-literal=password=s3cret -n shop --dry-run=client -o yaml \\
    | seal --cert sealing.pem > db.yaml

  # Seal the Secrets of a file where they stand
  seal -i db.yaml

Run seal help <command> for the options of one; seal help seal for those of the default command.
`;
}
