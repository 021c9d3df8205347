// Something that is fetched, and fetched anew when its address changes.

/** @template Content */
export class Resource {
  /** @type {Content | undefined} */
  content;
  /** @type {string | undefined} */
  address;
  /** @type {Promise<Content> | undefined} */
  request;

  /**
   * @param {(address: string) => Promise<Content>} fetchContent
   * @param {object} settings
   * @param {boolean} settings.isKept whether the former content serves until the new one is here
   * @param {() => void} settings.onArrival
   * @param {(error: Error) => void} settings.onFailure
   */
  constructor(fetchContent, { isKept, onArrival, onFailure }) {
    this.fetchContent = fetchContent;
    this.isKept = isKept;
    this.onArrival = onArrival;
    this.onFailure = onFailure;
  }

  /** @param {string} address */
  load(address) {
    if (this.address === address) return;
    this.address = address;
    if (!this.isKept) this.content = undefined;
    const request = this.fetchContent(address);
    this.request = request;
    request.then(
      (content) => {
        if (this.request !== request) return;
        this.content = content;
        this.onArrival();
      },
      (error) => this.request === request && this.onFailure(error),
    );
  }

  /** The next call of `load` fetches, whatever the address. */
  forget() {
    this.content = this.address = this.request = undefined;
  }
}
