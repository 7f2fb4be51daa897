-- Takes the member MEMBER out of a client's W3C baggage, in any case and percent-encoding, and
-- makes one line of what is left.
function envoy_on_request(handle)
  local headers = handle:headers()
  local lines = headers:getNumValues("baggage")
  local kept, changed = {}, lines > 1
  for i = 0, lines - 1 do
    for member in string.gmatch(headers:getAtIndex("baggage", i), "[^,]+") do
      local name = string.match(member, "^%s*([^=;%s]*)")
      name = string.gsub(name, "%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
      if string.lower(name) == "MEMBER" then
        changed = true
      else
        kept[#kept + 1] = member
      end
    end
  end
  if changed then
    headers:remove("baggage")
    if #kept > 0 then
      headers:add("baggage", table.concat(kept, ","))
    end
  end
end
