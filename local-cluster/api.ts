import { readFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import type { Layout } from './layout.ts';

export type Answer = { code: number; body: string };
/** Sends one request to the API server as admin; code 0 means that it did not answer. */
export type Api = (method: string, path: string, body?: string) => Promise<Answer>;

const patienceMs = 3000;

export async function connectApi(paths: Layout, port: number): Promise<Api> {
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map((name) => readFile(join(paths.pki, name))),
  );
  return (method, path, body) =>
    new Promise((resolve) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const target = { host: '127.0.0.1', port, path, method, headers, ca, cert, key, agent: false };
      const request = httpsRequest({ ...target, timeout: patienceMs }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => resolve({ code: 0, body: '' }));
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      });
      request.on('timeout', () => request.destroy());
      request.on('error', (error) => resolve({ code: 0, body: error.message }));
      request.end(body);
    });
}

export async function exists(api: Api, path: string): Promise<boolean> {
  return (await api('GET', path)).code === 200;
}

export const defaultServiceAccount = '/api/v1/namespaces/default/serviceaccounts/default';
