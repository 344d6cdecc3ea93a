// Requests in, the server's replies out. Asks for a token when the server wants one.

const TOKEN = "ragguide-token";

/** An error whose message is for the user. */
export class Fault extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

export class Server {
  /** `askForToken(wasWrong)` resolves to a token, or to null if the user has none. */
  constructor(askForToken) {
    this.askForToken = askForToken;
    this.asking = null;
  }

  get hasToken() {
    return sessionStorage.getItem(TOKEN) !== null;
  }

  headers() {
    const token = sessionStorage.getItem(TOKEN);
    return token === null ? {} : { Authorization: `Bearer ${token}` };
  }

  /** Sends a request and returns its response, once the token is right. */
  async request(path, { body, signal } = {}) {
    for (;;) {
      const headers = this.headers();
      const options = { headers, signal };
      if (body !== undefined) {
        options.method = "POST";
        options.body = JSON.stringify(body);
        headers["Content-Type"] = "application/json";
      }
      let response;
      try {
        response = await fetch(path, options);
      } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Fault("The server cannot be reached. Is `ragguide serve` running?");
      }
      if (response.ok) return response;
      if (response.status !== 401) throw new Fault(await messageOf(response), response.status);
      await this.newToken(headers.Authorization);
    }
  }

  async json(path, options) {
    return (await this.request(path, options)).json();
  }

  /** Yields the JSON of server-sent events until `[DONE]`. */
  async *events(path, options) {
    const response = await this.request(path, options);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read().catch((error) => {
        if (error.name === "AbortError") throw error;
        throw new Fault("The connection to the server was lost.");
      });
      if (done) throw new Fault("The server stopped before the answer was complete.");
      text += value;
      const parts = text.split("\n\n");
      text = parts.pop();
      for (const part of parts) {
        const data = part.replace(/^data: /, "");
        if (data === "[DONE]") return;
        const event = JSON.parse(data);
        if (event.error) throw new Fault(event.error.message);
        yield event;
      }
    }
  }

  /** Asks for a token once, however many requests want one. `sent` is the header that failed. */
  async newToken(sent) {
    if (this.headers().Authorization !== sent) return;
    this.asking ??= this.askForToken(sent !== undefined).finally(() => (this.asking = null));
    const token = await this.asking;
    if (token === null) throw new Fault("This server needs a token.", 401);
    sessionStorage.setItem(TOKEN, token);
  }
}

async function messageOf(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return `The server replied with status ${response.status}.`;
  }
}
