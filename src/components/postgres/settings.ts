import { memoryBytes } from '../options.ts';

/**
 * Server settings for a host with one application; sources: pgtune's web profile and Synapse's docs/postgres.md.
 *
 * @param memory of the container, such as 1g
 */
export function serverSettings(memory: string): Readonly<Record<string, string>> {
  const megabytes = memoryBytes(memory) / 2 ** 20;
  return {
    listen_addresses: '*',
    unix_socket_directories: '/run/postgresql',
    hba_file: '/etc/matrix-deploy/pg_hba.conf',
    // Four times what Synapse opens (`cp_max`).
    max_connections: '40',
    shared_buffers: `${Math.floor(megabytes / 8)}MB`,
    // Each of three autovacuum workers may take as much, and so may a session that creates an index.
    maintenance_work_mem: `${Math.floor(megabytes / 16)}MB`,
    effective_cache_size: `${Math.floor(megabytes / 2)}MB`,
    random_page_cost: '1.1',
    jit: 'off',
    max_parallel_workers_per_gather: '0',
    // Parallel workers share memory in /dev/shm, of which a container has 64 MB, whatever its limit is.
    max_parallel_maintenance_workers: '0',
  };
}
