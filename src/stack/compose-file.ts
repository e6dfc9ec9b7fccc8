/** The file from which Compose makes the containers. */
export const composeFile = 'docker-compose.yml';
