// The one way to the server. The token lives in this tab only.
import { language } from "./i18n.js";

const TOKEN = "xcron.token";

export const token = () => sessionStorage.getItem(TOKEN);
export const keepToken = (text) => sessionStorage.setItem(TOKEN, text);
export const dropToken = () => sessionStorage.removeItem(TOKEN);

/** What the server answered instead of what was asked for (RFC 9457). */
export class Problem extends Error {
  constructor(status, document) {
    super(document.detail || document.title || `HTTP ${status}`);
    this.status = status;
    this.code = document.code ?? "";
    this.errors = document.errors ?? [];
  }
}

let unauthorized = () => {};

/** What to do when the token is missing or wrong. */
export const onUnauthorized = (action) => (unauthorized = action);

export async function request(method, path, { body, signal, headers = {} } = {}) {
  const all = { "Accept-Language": language, ...headers };
  if (token()) all.Authorization = `Bearer ${token()}`;
  if (body !== undefined) all["Content-Type"] ??= "application/json";
  let response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: all,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Problem(0, { code: "offline", detail: "" });
  }
  if (response.ok) return response;
  const text = await response.text();
  let document = {};
  try {
    document = JSON.parse(text);
  } catch {
    document = { detail: text.slice(0, 200) };
  }
  if (response.status === 401) unauthorized();
  throw new Problem(response.status, document);
}

async function json(method, path, options) {
  const response = await request(method, path, options);
  return response.status === 204 ? null : response.json();
}

const V1 = "/api/v1";
export const get = (path, signal) => json("GET", V1 + path, { signal });
export const post = (path, body) => json("POST", V1 + path, { body });
export const put = (path, body, headers) => json("PUT", V1 + path, { body, headers });
export const del = (path) => json("DELETE", V1 + path);
export const part = encodeURIComponent;

/** A query text of what has a value; a list gives its name once for each. */
export function query(values) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of [value].flat()) {
      if (one !== undefined && one !== null && one !== "") search.append(name, one);
    }
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

const AGAIN = 1_000;

/**
 * Server-sent events over fetch, because EventSource cannot send a token. Hands over {type, data, id} of each event. When the
 * connection ends before an event "end", it goes on behind the last id; with an answer that is no stream, its text is one event.
 */
export async function stream(path, signal, onEvent) {
  let last = null;
  let ended = false;
  const take = (event) => {
    last = event.id ?? last;
    ended = event.type === "end";
    onEvent(event);
  };
  while (!ended) {
    const headers = { Accept: "text/event-stream", ...(last === null ? {} : { "Last-Event-ID": last }) };
    const response = await request("GET", V1 + path, { signal, headers });
    if (!(response.headers.get("Content-Type") ?? "").includes("event-stream")) {
      onEvent({ type: "output", data: await response.text() });
      return;
    }
    await readEvents(response.body, take);
    if (!ended) await new Promise((resolve) => setTimeout(resolve, AGAIN));
    signal.throwIfAborted();
  }
}

async function readEvents(body, take) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = { type: "message", data: null };
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const lines = (rest + chunk.value).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (event.data !== null) take(event);
        event = { type: "message", data: null };
        continue;
      }
      const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
      if (name === "data") event.data = event.data === null ? value : `${event.data}\n${value}`;
      else if (name === "event") event.type = value;
      else if (name === "id") event.id = value;
    }
  }
}
