/** Label with the digest of a service's definition and of the files that it reads. */
export const digestLabel = 'matrix-deploy.digest';

/** Label of one-off containers, with the project that they belong to. */
export const jobLabel = 'matrix-deploy.job';

/** Label of one-off containers with the identity of the process that follows them: they end with that process. */
export const followerLabel = 'matrix-deploy.follower';
