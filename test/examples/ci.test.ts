// The CI examples do what they say: the script and the action's steps against real witnesses, the YAML as far as it can
// be read without a YAML library.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { decodeStatement } from '../../src/statement/decode.ts'
import { knownWitnesses } from '../../src/verify/known-witnesses.ts'
import { version } from '../../src/version.ts'
import {
  type Outcome,
  openWorkspace,
  PROGRAM,
  ROOT,
  type Workspace,
} from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { type KnownHosts, startKnownHosts } from '../support/servers/known-hosts.ts'
import {
  endEntities,
  type ListenerServer,
  missing,
  startBunServer,
} from '../support/servers/servers.ts'

const EXAMPLES = join(ROOT, 'examples/ci')
const ATTEST = join(EXAMPLES, 'attest.sh')
const ACTION = readFileSync(join(EXAMPLES, 'action/action.yml'), 'utf8')
const WORKFLOW = readFileSync(join(EXAMPLES, 'github-workflow.yml'), 'utf8')
const GITLAB = readFileSync(join(EXAMPLES, 'gitlab-ci.yml'), 'utf8')

const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] })
const [first, second] = endEntities(pki)
const FILES = [
  'app.tar.gz',
  'with space',
  '-dash',
  'back\\slash',
  'line\nfeed',
  'sub/$(touch pwned)',
]

interface Step {
  readonly script: string
  /** By variable, what it is set to. */
  readonly env: ReadonlyMap<string, string>
}

/** Every "run:", with the "env:" beside it. */
function stepsOf(yaml: string): Step[] {
  return yaml.split(/^ +- (?=name:|uses:)/m).flatMap((step) => {
    const run = /^( *)run: (\||[^|\n].*)\n((?:\1 +.*\n|\n)*)/m.exec(step)
    if (!run) return []
    const [, indent = '', inline = '', block = ''] = run
    const dedented = block.replace(new RegExp(`^${indent} {2}`, 'gm'), '')
    const env = new RegExp(`^${indent}env:\\n((?:${indent} {2}.*\\n)*)`, 'm').exec(step)?.[1] ?? ''
    return [
      {
        script: inline === '|' ? dedented : `${inline}\n`,
        env: new Map(
          [...env.matchAll(/^ +(\w+): (.*)$/gm)].map(([, name = '', set = '']) => [name, set]),
        ),
      },
    ]
  })
}

/** The inputs that action.yml declares, and what each is when it is not given. */
function declaredInputs(): Map<string, string> {
  const section = /^inputs:\n((?: .*\n|\n)*)/m.exec(ACTION)?.[1] ?? ''
  const inputs = section.matchAll(/^ {2}([\w-]+):\n((?: {4}.*\n)*)/gm)
  return new Map(
    [...inputs].map(([, name = '', body = '']) => {
      assert.match(body, /^ {4}description: \S/m, name)
      const set = /^ {4}default: (.*)$/m.exec(body)?.[1]
      assert.ok(set !== undefined, name)
      return [name, set.replace(/^'(.*)'$/, '$1')]
    }),
  )
}

let witnesses: ListenerServer
let known: KnownHosts
/** Of which Google's hosts alone are up. */
let lone: KnownHosts

before(async () => {
  if (missing('bun')) return
  witnesses = await startBunServer([{ endEntity: first }, { endEntity: second }])
  known = await startKnownHosts()
  const others = knownWitnesses.filter(({ operator }) => operator !== 'Google')
  lone = await startKnownHosts(
    Object.fromEntries(others.map(({ host }) => [host, 'unreachable'] as const)),
  )
})

after(async () => {
  await witnesses?.stop()
  await known?.[Symbol.asyncDispose]()
  await lone?.[Symbol.asyncDispose]()
})

/** The environment in which the hosts that tls-stamp knows are these. */
function leadingTo({ proxy }: KnownHosts): Readonly<Record<string, string>> {
  return { TLS_STAMP_PROXY: `http://${proxy.host}:${proxy.port}`, TLS_STAMP_TIMEOUT: '60' }
}

const NO_PROXY_THERE = { TLS_STAMP_PROXY: 'http://127.0.0.1:1' }

/** A folder with the files in dist/, and tls-stamp on the PATH. */
function openProject(): Workspace & { readonly env: Readonly<Record<string, string>> } {
  const at = openWorkspace({ 'ca.pem': pki.root.pem, 'known.pem': known.ca })
  mkdirSync(at.path('dist/sub'), { recursive: true })
  for (const name of FILES) at.write(`dist/${name}`, `content of ${name}\n`)
  mkdirSync(at.path('bin'))
  at.write('bin/tls-stamp', `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`)
  chmodSync(at.path('bin/tls-stamp'), 0o755)
  return { ...at, env: { PATH: `${at.path('bin')}:${process.env.PATH}` } }
}

type Project = ReturnType<typeof openProject>

describe('attest.sh', { concurrency: 4, skip: missing('bun') }, () => {
  function attest(name: string, body: (at: Project) => Promise<void>): void {
    test(name, async () => {
      const at = openProject()
      try {
        await body(at)
        assert.ok(!at.exists('pwned') && !at.exists('dist/pwned') && !at.exists('dist/sub/pwned'))
      } finally {
        at.remove()
      }
    })
  }

  const TRUST = { TLS_STAMP_CA: 'known.pem' }

  function run(at: Project, env: Readonly<Record<string, string>>): Promise<Outcome> {
    return at.shell(`sh '${ATTEST}' dist`, { env: { ...at.env, ...TRUST, ...env } })
  }

  attest('leaves a list and a statement that operators of their own signed', async (at) => {
    at.write('dist/.attest-1.sums', 'of a run that was killed\n')
    at.write('dist/.tls-stamp-1', 'of a run that was killed\n')
    const { stdout, stderr, code } = await run(at, leadingTo(known))
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^signed: SHA256SUMS, existed no later than /)
    assert.match(stdout, /\npassed {2}the subject existed no later than /)
    assert.match(stdout, new RegExp(`\\n {2}listed {8}all ${FILES.length} files unaltered\\n`))
    const { subjects, rounds } = decodeStatement(Buffer.from(at.read('dist/SHA256SUMS.tls-stamp')))
    assert.deepEqual(
      subjects.map(({ name }) => name),
      ['SHA256SUMS'],
    )
    assert.ok(new Set(rounds.map(({ host }) => host)).size >= 2)
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], {
      cwd: at.path('dist'),
    })
    assert.deepEqual(at.list(), ['bin', 'ca.pem', 'dist', 'known.pem'])
    const check = 'cd dist && tls-stamp verify SHA256SUMS.tls-stamp --directory . --quorum 2'
    const env = { ...at.env, TLS_STAMP_CA: '../known.pem' }
    assert.match((await at.shell(check, { env })).stdout, /^passed {2}/)
    at.write('dist/app.tar.gz', 'altered')
    const altered = await at.shell(check, { env })
    assert.match(altered.stdout, /^failed {2}.*: app\.tar\.gz\n/)
    assert.equal(altered.code, 1)
  })

  attest('may be run again, also when no witness answers', async (at) => {
    assert.equal((await run(at, leadingTo(known))).code, 0)
    const read = (): string[] => ['', '.tls-stamp'].map((end) => at.read(`dist/SHA256SUMS${end}`))
    const before = read()
    for (const env of [leadingTo(known), NO_PROXY_THERE]) {
      const again = await run(at, env)
      assert.equal(again.code, 0, again.stderr)
      assert.match(again.stdout, /^kept: dist\/SHA256SUMS\.tls-stamp, /)
      assert.deepEqual(read(), before)
    }
    at.write('dist/app.tar.gz', 'another build\n')
    const changed = await run(at, leadingTo(known))
    const error = 'dist/SHA256SUMS.tls-stamp already exists, and its list differs from the files'
    assert.equal(changed.stderr, `attest.sh: error: ${error}\n`)
    assert.equal(changed.code, 2)
    assert.deepEqual(read(), before)
    assert.equal((await at.shell('find dist -name ".*"', {})).stdout, '')
  })

  attest('fails and leaves nothing when too few operators sign', async (at) => {
    const before = at.read('dist/app.tar.gz')
    const { code, stderr } = await run(at, leadingTo(lone))
    assert.match(stderr, /^tls-stamp: error: /m)
    assert.notEqual(code, 0)
    for (const name of ['SHA256SUMS', 'SHA256SUMS.tls-stamp']) assert.ok(!at.exists(`dist/${name}`))
    assert.equal(at.read('dist/app.tar.gz'), before)
    assert.equal((await at.shell('find dist -name ".*"', {})).stdout, '')
    const one = await run(at, { ...leadingTo(lone), TLS_STAMP_QUORUM: '1' })
    assert.match(one.stderr, /^left out: Microsoft, /m)
    assert.equal(one.code, 0, one.stderr)
  })

  attest('fails when a file can not be hashed', async (at) => {
    at.write('bin/sha256sum', '#!/bin/sh\nsha=/usr/bin/sha256sum; $sha "$1"; exit 1\n')
    chmodSync(at.path('bin/sha256sum'), 0o755)
    const { code } = await run(at, leadingTo(known))
    assert.notEqual(code, 0)
    assert.ok(!at.exists('dist/SHA256SUMS'))
  })

  attest('says how to call it, and refuses an empty folder', async (at) => {
    const usage = await at.shell(`sh '${ATTEST}' dist more`, { env: at.env })
    assert.equal(usage.stderr, 'usage: attest.sh FOLDER\n')
    assert.equal(usage.code, 2)
    mkdirSync(at.path('empty'))
    const empty = await at.shell(`sh '${ATTEST}' empty`, { env: at.env })
    assert.equal(empty.stderr, 'attest.sh: error: the folder has no files to attest\n')
    assert.equal(empty.code, 2)
    assert.equal((await at.shell('find empty -type f', {})).stdout, '')
  })
})

describe('the action', { skip: missing('bun') }, () => {
  /** Runs every step but the installing one, with these inputs, as the runner would. */
  async function use(
    at: Project,
    given: Readonly<Record<string, string>>,
    around: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> {
    const declared = declaredInputs()
    for (const name of Object.keys(given)) assert.ok(declared.has(name), name)
    const inputs = new Map([...declared, ...Object.entries(given)])
    let outcome: Outcome = { code: 0, stdout: '', stderr: '' }
    for (const [i, { script, env }] of stepsOf(ACTION).entries()) {
      at.write(`step-${i}.sh`, script)
      const variables = [...env].map(([name, value]) => {
        const isStatement = /^\$\{\{ steps\.sign\.outputs\.statement \}\}$/.test(value)
        if (isStatement) return [name, statementOf(at)]
        const input = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(value)?.[1] ?? ''
        return [name, inputs.get(input) ?? assert.fail(value)]
      })
      outcome = await at.shell(`sh -e step-${i}.sh`, {
        env: {
          PATH: at.env.PATH ?? '',
          GITHUB_ACTIONS: 'true',
          GITHUB_OUTPUT: at.path('output'),
          GITHUB_STEP_SUMMARY: at.path('summary.md'),
          ...around,
          ...Object.fromEntries(variables),
        },
      })
      if (outcome.code !== 0) return outcome
    }
    return outcome
  }

  function action(name: string, body: (at: Project) => Promise<void>): void {
    test(name, async () => {
      const at = openProject()
      try {
        await body(at)
        assert.ok(!at.exists('pwned'))
      } finally {
        at.remove()
      }
    })
  }

  /** The path that the last step to sign has said. */
  function statementOf(at: Project): string {
    return (
      /^statement=(.*)\n$/m.exec(
        at
          .read('output')
          .split(/(?<=\n)/)
          .at(-1) ?? '',
      )?.[1] ?? ''
    )
  }

  const inputs = (): Record<string, string> => ({
    version: 'installed',
    host: 'localhost',
    port: `${witnesses.ports[0]}`,
    witnesses: `127.0.0.1:${witnesses.ports[1]}\n`,
    ca: 'ca.pem',
  })

  action('signs files by two witnesses, verifies, and says where the statement is', async (at) => {
    const names = FILES.filter((name) => !name.includes('\n')).map((name) => `dist/${name}`)
    for (const output of ['signed_statement', '$(touch pwned) "`touch pwned`']) {
      const { code, stdout, stderr } = await use(at, {
        ...inputs(),
        files: `${names.join('\n')}\n`,
        output,
      })
      assert.equal(code, 0, stderr)
      assert.match(stdout, /^passed {2}all 5 subjects /)
      assert.equal(at.read('output').split('\n').at(-2), `statement=${output}`)
    }
    assert.deepEqual(
      at
        .read('summary.md')
        .match(/^### .*/gm)
        ?.slice(0, 2),
      ['### tls-stamp sign', '### tls-stamp verify'],
    )
  })

  action('has operators sign a list, without naming any, and compares its files', async (at) => {
    const sums = 'cd dist && sha256sum app.tar.gz -- -dash "with space" >SHA256SUMS'
    await at.shell(sums)
    const given = { files: 'dist/SHA256SUMS\n', directory: 'dist', quorum: '2', ca: 'known.pem' }
    for (const env of [leadingTo(known), NO_PROXY_THERE]) {
      const { code, stdout, stderr } = await use(at, { version: 'installed', ...given }, env)
      assert.equal(code, 0, stderr)
      assert.match(stdout, /^passed {2}/)
      assert.match(stdout, /\n {2}compared {6}unaltered: SHA256SUMS\n {2}listed {8}all 3 files /)
      assert.equal(statementOf(at), 'dist/SHA256SUMS.tls-stamp')
    }
    at.write('dist/with space', 'altered')
    const altered = await use(at, { version: 'installed', ...given }, NO_PROXY_THERE)
    assert.match(altered.stdout, /^failed {2}.*: with space\n/)
    assert.equal(altered.code, 1)
  })

  action('takes no file for a port, and no witness for a host', async (at) => {
    at.write('443', 'some text\n')
    const given = { version: 'installed', files: 'ca.pem\n443\nknown.pem', ca: 'known.pem' }
    const { code, stdout, stderr } = await use(at, given, leadingTo(known))
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^passed {2}all 3 subjects /)
    const { stderr: error, code: refused } = await use(at, { ...given, witnesses: 'localhost' })
    assert.equal(error, '::error title=tls-stamp::expected witnesses only with host\n')
    assert.equal(refused, 2)
  })

  action('signs a list, and may be run again', async (at) => {
    await at.shell('cd dist && sha256sum app.tar.gz -- -dash >../SHA256SUMS')
    for (const begins of [/^passed {2}all 2 /, /^passed {2}all 2 /]) {
      const { code, stdout, stderr } = await use(at, {
        ...inputs(),
        sums: 'SHA256SUMS',
        quorum: '2',
      })
      assert.equal(code, 0, stderr)
      assert.match(stdout, begins)
    }
  })

  action('refuses a hostile version, and an output of two lines', async (at) => {
    for (const version of ['', '1.0.0 --prefix=x', 'file:x', '$(touch pwned)', 'latest']) {
      const { code, stderr } = await use(at, { ...inputs(), version })
      assert.match(stderr, /^::error title=tls-stamp::expected a version like 0\.1\.0\n$/)
      assert.equal(code, 2)
    }
    const { code } = await use(at, { ...inputs(), files: 'ca.pem', output: 'a\nb=c' })
    assert.equal(code, 2)
    assert.ok(!at.exists('output'))
  })
})

describe('the YAML files', () => {
  const everything = Object.entries({ ACTION, WORKFLOW, GITLAB })

  test('are indented with spaces by two, and end as text does', () => {
    for (const [name, yaml] of everything) {
      assert.doesNotMatch(yaml, /\t|[^\S\n]$|\r/m, name)
      assert.match(yaml, /[^\n]\n$/)
      for (const line of yaml.split('\n'))
        assert.equal(
          /^ */.exec(line)?.[0].length ?? 0,
          (/^ */.exec(line)?.[0].length ?? 0) & ~1,
          line,
        )
    }
  })

  test('have the members that their readers ask for', () => {
    const members = (yaml: string): string[] =>
      [...yaml.matchAll(/^(\w[\w-]*):/gm)].map(([, name = '']) => name)
    assert.deepEqual(members(ACTION), ['name', 'description', 'inputs', 'outputs', 'runs'])
    assert.deepEqual(members(WORKFLOW), ['name', 'on', 'permissions', 'jobs'])
    assert.deepEqual(members(GITLAB), ['stages', 'default', 'build', 'attest'])
  })

  test('use every input that is declared, and none else', () => {
    const used = new Set(
      [...ACTION.matchAll(/\$\{\{ inputs\.([\w-]+) \}\}/g)].map(([, name]) => name),
    )
    assert.deepEqual([...used].sort(), [...declaredInputs().keys()].sort())
    const given =
      /uses: \.\/\.github\/actions\/tls-stamp\n +with:\n((?: {10}.*\n)+)/.exec(WORKFLOW)?.[1] ?? ''
    const names = [...given.matchAll(/^ {10}([\w-]+):/gm)].map(([, name = '']) => name)
    assert.ok(names.length > 3)
    for (const name of names) assert.ok(declaredInputs().has(name), name)
  })

  test('never paste an expression into a script, and each script parses', () => {
    for (const [name, yaml] of everything) {
      for (const { script } of stepsOf(yaml)) {
        assert.ok(!script.includes('${{'), `${name}: ${script}`)
        execFileSync('sh', ['-n'], { input: script })
      }
      assert.equal(stepsOf(yaml).length, yaml.match(/^ *(?:- )?run:/gm)?.length ?? 0, name)
    }
    assert.equal(stepsOf(ACTION).length, 3)
    const lines = [...GITLAB.matchAll(/^ {4}- ((?!if:).*)$/gm)].map(([, line = '']) => line)
    assert.ok(lines.length >= 4)
    for (const line of lines) {
      execFileSync('sh', ['-n'], { input: line })
      assert.doesNotMatch(line.replace(/"[^"]*"/g, ''), /\$/, line)
    }
  })

  test('pin each action to a commit, and tls-stamp to its version', () => {
    const uses = [...`${ACTION}${WORKFLOW}`.matchAll(/^ *(?:- )?uses: (.*)$/gm)]
    assert.ok(uses.length > 3)
    for (const [, action = ''] of uses) {
      assert.match(action, /^(?:\.\/\S+|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/)
    }
    assert.equal(declaredInputs().get('version'), version)
    assert.match(WORKFLOW, new RegExp(`^ +version: ${version}$`, 'm'))
    assert.match(GITLAB, new RegExp(`^ +TLS_STAMP_VERSION: ${version}$`, 'm'))
  })

  test('give the job that runs the build no right to write', () => {
    assert.match(WORKFLOW, /^permissions: \{\}$/m)
    const [build = '', attach = ''] = WORKFLOW.split(/^ {2}attach:$/m)
    assert.doesNotMatch(build, /: write/)
    assert.match(build, /persist-credentials: false/)
    assert.doesNotMatch(attach, /npm |actions\/checkout/)
  })
})
