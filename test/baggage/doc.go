// Package baggage tests the script by which a gateway's proxies take our member out of clients'
// baggage, in a machine for Lua, with headers as proxies offer them.
package baggage
