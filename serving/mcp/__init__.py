"""An MCP server: assistants ask the copilot's tools, search, and guarded SQL, as whoever their API key says.

`tools` are what an assistant calls, `material` what it reads (resources, prompts), `access` who asks, `http` the
transport with keys. All tools read but one: `confirm` carries out an action that was proposed and that a person agreed
to. To add a tool: a function in `tools`.
"""
