// Calls the reference endpoint with Telnyx's SDK for Node, and prints the results and the bodies that were sent as JSON.
// The environment names the origin of the endpoint, its key, a bucket with a question, and the folder with `node_modules`.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { ORIGIN, KEY, BUCKET, QUESTION, NODE_PACKAGES } = process.env;
const required = createRequire(join(NODE_PACKAGES, 'package.json'))('telnyx');
const Telnyx = required.default ?? required;
const sent = {};
const client = new Telnyx({
  apiKey: KEY,
  baseURL: `${ORIGIN}/v2`,
  maxRetries: 0,
  fetch: (url, init) => {
    sent[`${init.method.toUpperCase()} ${new URL(url).pathname}`] ??= init.body;
    return fetch(url, init);
  },
});
const hello = [
  { role: 'system', content: 'You are a friendly chatbot.' },
  { role: 'user', content: 'Hello, world!' },
];

const chat = await client.ai.openai.chat.createCompletion({ messages: hello });
const conversation = await client.ai.conversations.create({ metadata: { channel: 'node' } });
const response = await client.ai.openai.createResponse({
  conversation: conversation.id,
  input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hello, world!' }] }],
  instructions: 'You are a friendly chatbot.',
  model: 'zai-org/GLM-5.1-FP8',
  stream: true,
});
const messages = await client.ai.conversations.messages.list(conversation.id);
const found = await client.ai.openai.chat.createCompletion({
  messages: [{ role: 'user', content: QUESTION }],
  tools: [{ type: 'retrieval', retrieval: { bucket_ids: [BUCKET], max_num_results: 1 } }],
});
const refused = await client.ai.openai.chat
  .createCompletion({ messages: hello, n: 0 })
  .catch((error) => ({ name: error.constructor.name, status: error.status, detail: error.error?.detail }));
const stranger = new Telnyx({ apiKey: 'wrong', baseURL: `${ORIGIN}/v2`, maxRetries: 0 });
const unknown = await stranger.ai.openai.chat
  .createCompletion({ messages: hello })
  .catch((error) => ({ name: error.constructor.name, status: error.status }));
await client.ai.conversations.delete(conversation.id);

const id = conversation.id;
console.log(JSON.stringify({ id, sent, chat, response, messages: messages.data, found, refused, unknown }));
