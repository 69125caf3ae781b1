"""Orders (订餐): a meal asked for one sitting, so that the kitchen knows how many. Serving fulfils an order;
nobody is ever served by a job."""
