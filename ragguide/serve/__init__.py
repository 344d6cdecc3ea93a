"""A server for programs, editors and agents: OpenAI's protocol, MCP, and ragguide's own JSON."""
