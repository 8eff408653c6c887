// The CI files that `seal init` writes; docs/ci.md shows the same texts.

import { version } from '../../src/version.ts';

/** A system that there is a template for. */
export type CiSystem = 'github' | 'gitlab' | 'jenkins';

/** One file of ours. */
export interface CiTemplate {
  /** What people call the system. */
  name: string;
  /** Where the file goes, relative to the top of the repository. */
  path: string;
  /** Files and folders that tell that the system is in use. */
  signs: readonly string[];
  text: string;
  /** The file that has to name ours, and what to add to it. None: ours is found by itself. */
  entry?: { file: string; say: string };
}

const install = `npm install --global sealwright@${version}`;

/** In the order in which they are offered. */
export const ciTemplates: Readonly<Record<CiSystem, CiTemplate>> = {
  github: {
    name: 'GitHub Actions',
    path: '.github/workflows/sealwright.yml',
    signs: ['.github'],
    text: `# Checks sealed and plain secrets of every change. It needs no cluster and no key.
name: sealwright
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - run: ${install}
      - run: seal check --format github
      - if: always()
        run: seal scan --format github
`,
  },
  gitlab: {
    name: 'GitLab CI',
    path: '.gitlab/sealwright.yml',
    signs: ['.gitlab-ci.yml', '.gitlab'],
    text: `# Checks sealed and plain secrets of every change. It needs no cluster and no key.
sealwright:
  image: node:24
  script:
    - ${install}
    - seal check --format gitlab > seal-check.json || failed=$?
    - seal scan --format gitlab > seal-scan.json || failed=$?
    - exit \${failed:-0}
  artifacts:
    when: always
    reports:
      codequality: [seal-check.json, seal-scan.json]
`,
    entry: {
      file: '.gitlab-ci.yml',
      say: 'add to .gitlab-ci.yml: include: [{local: .gitlab/sealwright.yml}]',
    },
  },
  jenkins: {
    name: 'Jenkins',
    path: 'ci/sealwright.groovy',
    signs: ['Jenkinsfile'],
    text: `// Checks sealed and plain secrets of every change. It needs no cluster and no key.
def call() {
  stage('Sealwright') {
    sh '${install}'
    try {
      sh 'seal check --format junit > seal-check.xml'
    } finally {
      try {
        sh 'seal scan --format junit > seal-scan.xml'
      } finally {
        junit 'seal-*.xml'
      }
    }
  }
}
return this
`,
    entry: { file: 'Jenkinsfile', say: "add to Jenkinsfile, within node { … }: load('ci/sealwright.groovy').call()" },
  },
};
