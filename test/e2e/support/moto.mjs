// Starts a real moto (an AWS test server) on loopback, and does with it what an administrator of an account would.
//
//   const aws = await startMoto();
//   await aws.secrets('CreateSecret', { Name: 'db', SecretString: 'hunter2' });
//   await aws.parameters('PutParameter', { Name: '/db', Value: 'hunter2', Type: 'SecureString' });
//   await aws.stop();
import { createHash, createHmac } from 'node:crypto';
import { part } from '../tools/build.mjs';
import { freePorts } from './free-ports.mjs';
import { createSupervisor } from './supervise.mjs';
import { eventually, Hopeless } from './wait.mjs';

/** @typedef {Awaited<ReturnType<typeof startMoto>>} Moto */

/**
 * A server of its own on a free port; its data is in memory and goes with it. It ends with `stop()`, or when this process
 * ends, however it ends.
 */
export async function startMoto() {
  const program = await part('moto');
  const supervisor = createSupervisor();
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const launch = () => supervisor.start(program, ['-H', '127.0.0.1', '-p', String(port)], { name: 'moto' });
  let server = await launch();
  const untilReady = () =>
    eventually(
      async () => {
        if (server.end()) throw new Hopeless(`moto ended: ${server.output()}`);
        return (await fetch(`${url}/moto-api/data.json`)).ok;
      },
      { what: 'moto', timeoutMs: 60_000 },
    );
  try {
    await untilReady();
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
  return {
    url,
    /** One operation of Secrets Manager, as the administrator. A refusal throws. */
    secrets: (operation, input = {}, options = {}) =>
      json(url, `secretsmanager.${operation}`, 'secretsmanager', input, options),
    /** One operation of the Parameter Store. */
    parameters: (operation, input = {}, options = {}) => json(url, `AmazonSSM.${operation}`, 'ssm', input, options),
    /** One operation of IAM; `input` as the form fields of the query API. Returns the XML. */
    iam: (operation, input = {}) => form(url, 'iam', { Action: operation, Version: '2010-05-08', ...input }),
    /**
     * Keys of a session of the role.
     * @param {string} role its ARN
     */
    async session(role) {
      const input = { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: role, RoleSessionName: 'test' };
      const said = await form(url, 'sts', input);
      const [AccessKeyId = '', SecretAccessKey = '', SessionToken = ''] = [
        'AccessKeyId',
        'SecretAccessKey',
        'SessionToken',
      ].map((name) => said.match(`<${name}>(.*?)<`)?.[1]);
      return { AccessKeyId, SecretAccessKey, SessionToken };
    },
    /** From the `calls`-th call on, policies are enforced; 'never' puts it back. */
    async enforcePolicies(calls) {
      const body = calls === 'never' ? 'inf' : String(calls);
      const answer = await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body });
      if (!answer.ok) throw new Error(`reset-auth: ${answer.status}`);
    },
    /** Forgets everything. */
    reset: () => fetch(`${url}/moto-api/reset`, { method: 'POST' }),
    /** Stops answering, as an outage does; its data is gone with it. */
    async down() {
      await server.stop('SIGKILL');
    },
    async up() {
      server = await launch();
      await untilReady();
    },
    stop: () => supervisor.stop(),
  };
}

async function json(url, target, service, input, { region = 'eu-west-1' } = {}) {
  const body = JSON.stringify(input);
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const answer = await fetch(url, { method: 'POST', headers: signed(url, { service, region, headers, body }), body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${target}: ${answer.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}

async function form(url, service, fields) {
  const body = new URLSearchParams(fields).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(url, {
    method: 'POST',
    headers: signed(url, { service, region: 'us-east-1', headers, body }),
    body,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${fields.Action}: ${answer.status} ${text}`);
  return text;
}

// AWS Signature Version 4, because moto reads service and region from it.
function signed(url, { service, region, headers, body }) {
  const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const all = { ...headers, host: new URL(url).host, 'x-amz-date': date };
  const names = Object.keys(all).sort();
  const digest = createHash('sha256').update(body).digest('hex');
  const canonical = ['POST', '/', '', ...names.map((name) => `${name}:${all[name]}`), '', names.join(';'), digest].join(
    '\n',
  );
  const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = [date.slice(0, 8), region, service, 'aws4_request'].reduce(hmac, 'AWS4administrator');
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const credential = `Credential=AKIAIOSFODNN7EXAMPLE/${scope}`;
  return {
    ...headers,
    'x-amz-date': date,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}
