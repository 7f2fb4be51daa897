// What the operator lets Node.js require before the application.
require('@opentelemetry/auto-instrumentations-node/register');
