# In the directory that https://example.org/ shows.
mkdir -p .well-known/matrix
echo '{"m.server": "matrix.example.org:443"}' >.well-known/matrix/server
echo '{"m.homeserver": {"base_url": "https://matrix.example.org"}}' >.well-known/matrix/client
# Cloudflare Pages and Netlify take headers from this file. Elsewhere, set them for both documents at your provider.
cat >>_headers <<'END'
/.well-known/matrix/*
  Content-Type: application/json
  Access-Control-Allow-Origin: *
END
